using System.Text;
using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>What will be trained, and on what: the first lines of a run.</summary>
internal static class RunHeader
{
    /// <summary>A few lines.</summary>
    public static string Describe(RunPlan plan)
    {
        RunOptions o = plan.Options;
        NetworkArchitecture a = plan.Trainer.Architecture;
        StringBuilder text = new();
        string labels = a.LabelSize > 0 ? $", {Say.Labels(a)}" : "";
        string colours = a.Channels switch { 1 => "grey", 4 => "RGB and alpha", _ => "RGB" };
        text.AppendLine($"Data       {plan.Source.Description}: {plan.Source.Count} images{labels}{(o.Mirror ? ", mirrored" : "")}");
        text.AppendLine(
            $"Networks   {(o.Layout == NetworkLayout.Dcgan ? "DCGAN, " : "")}{a.SizeAt(o.InitialResolution)}{(o.InitialAlpha < 1 ? $" (alpha {o.InitialAlpha:0.##})" : "")} to {a.SizeAt(o.Resolution)} {colours}, up to {a.FeatureMaps(1)} feature maps, latent {a.Latents}, {LossName(o.Loss)}");
        text.AppendLine(
            $"Schedule   {o.TotalKimg:0.###} kimg ({Kimg(o.TrainKimg)} stabilising, {Kimg(o.FadeKimg)} fading), preset {o.Preset}, seed {o.Seed}");
        int devices = TorchDevice.Names(o.Device).Count;
        text.AppendLine($"Device     {o.Device}{(devices > 1 ? $", each minibatch in {devices} shares" : "")}, {Environment.ProcessorCount} cores{Say.In(o.Precision)}");
        if (TorchDevice.First(o.Device) == "cpu" && CpuConvolutions.MakeSound() is { } slower)
            text.AppendLine($"Note       {slower}");
        foreach (string hint in plan.Hints)
            text.AppendLine($"Note       {hint}");
        return text.Replace("\r\n", "\n").ToString();
    }

    /// <summary>Memory and time of each resolution.</summary>
    /// <param name="time">Of each.</param>
    /// <param name="plan">Of the run.</param>
    /// <param name="areMeasured">Whether steps were taken; else they are counted.</param>
    public static string Costs(TimePlan time, RunPlan plan, bool areMeasured)
    {
        NetworkArchitecture architecture = plan.Trainer.Architecture;
        string left = plan.Reached is { } reached ? $", {Say.Time(time.SecondsLeft(reached.ScheduleImages, null))} of it left" : "";
        StringBuilder text = new();
        text.AppendLine("resolution  minibatch     memory  images/s    s/kimg      phases");
        foreach (CostEstimate e in time.Estimates)
            text.AppendLine($"{architecture.SizeAt(e.Resolution),-10}  {e.Minibatch,9}  {Say.Memory(e.Bytes),9}  {1000 / e.SecondsPerKimg,8:0.0}  {Say.Number(e.SecondsPerKimg),8}  {Say.Time(time.SecondsAt(e.Resolution)),10}");
        text.AppendLine(areMeasured
            ? $"Medians of steps on this machine; about {Say.Time(time.TotalSeconds)} in all{left}. Memory is the most that the process has held."
            : $"Estimates by counting operations; about {Say.Time(time.TotalSeconds)} in all{left}. The program itself takes some 600 MB more.");
        return text.Replace("\r\n", "\n").ToString();
    }

    /// <summary>The same for programs.</summary>
    public static JsonObject CostsJson(TimePlan time, NetworkArchitecture architecture) => new()
    {
        ["resolutions"] = new JsonArray([.. time.Estimates.Select(e => new JsonObject
        {
            ["resolution"] = e.Resolution,
            ["width"] = architecture.WidthAt(e.Resolution),
            ["height"] = architecture.HeightAt(e.Resolution),
            ["minibatch"] = e.Minibatch,
            ["memory"] = e.Bytes,
            ["images_per_second"] = 1000 / e.SecondsPerKimg,
            ["sec_per_kimg"] = e.SecondsPerKimg,
            ["seconds_of_phases"] = time.SecondsAt(e.Resolution),
        })]),
        ["seconds"] = time.TotalSeconds,
    };

    /// <summary>As in 1228.8 (768 at 4).</summary>
    private static string Kimg(ResolutionTable<double> kimg) => kimg.At.Count == 0 ? $"{kimg.Default:0.###}"
        : $"{kimg.Default:0.###} ({string.Join(", ", kimg.At.OrderBy(entry => entry.Key).Select(entry => $"{entry.Value:0.###} at {entry.Key}"))})";

    private static string LossName(AdversarialLoss loss) => loss switch
    {
        AdversarialLoss.WganGp => "WGAN-GP",
        AdversarialLoss.Lsgan or AdversarialLoss.LsganNash => "least squares",
        AdversarialLoss.Dcgan => "cross-entropy",
        _ => "logistic",
    };
}
