using System.Text.Json.Nodes;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>A status as a person reads it: a block of labelled lines.</summary>
/// <param name="status">As the training answers.</param>
/// <param name="width">Characters of the terminal.</param>
/// <param name="unicode">The console can show more than ASCII.</param>
internal sealed class StatusText(JsonObject status, int width, bool unicode)
{
    private const int LabelWidth = 11;

    /// <summary>From so many kimg on that growths by hand skipped, images seen are not the place in the schedule.</summary>
    private const double GrownByHand = 0.05;

    /// <summary>The block; what is not known has no line.</summary>
    public IEnumerable<string> Lines()
    {
        yield return Labelled("Run", $"{status.Text("run")}, {status.Text("state")}{(status.Is("released") ? " (device free)" : "")}");
        if (status.Text("failure") is { } failure)
            yield return Labelled("Failure", failure);
        if (status.Number("kimg") is not null)
        {
            yield return Labelled("Progress", Progress());
            yield return Labelled("Stage", Stage());
        }
        bool isFirst = true;
        foreach (string line in PhaseBand.Lines([.. status.Objects("phases")], status.Number("schedule_kimg"), width - LabelWidth, unicode))
        {
            yield return Labelled(isFirst ? "Phases" : "", line);
            isFirst = false;
        }
        if (status.Number("images_per_second") is > 0 and { } speed)
            yield return Labelled("Speed", $"{speed:0.#} images/s on {status.Text("device")}{(status.Number("memory") is { } memory ? $", {Say.Memory(memory)} of memory" : "")}");
        if (status.Number("loss_d") is not null)
            yield return Labelled("Losses", Losses());
        yield return Labelled("Saved", $"{status.Text("newest_checkpoint") ?? "no checkpoint yet"}{(status.Text("newest_samples") is { } samples ? $", {samples}" : "")}");
        foreach (string line in PipelineText.Lines(status.Object("pipeline")))
            yield return line;
        foreach (JsonObject actor in status.Objects("actors").Where(a => a.Number("restarts") > 0 || a.Text("last_error") is not null))
            yield return Labelled("Restarts", $"{actor.Text("name")} {actor.Number("restarts"):0}{(actor.Text("last_error") is { } error ? $": {error}" : "")}");
    }

    /// <summary>A line with its label in front.</summary>
    public static string Labelled(string label, string text) => label.PadRight(LabelWidth) + text;

    /// <summary>Of the training's images.</summary>
    public static BaseSize BaseOf(JsonObject status)
    {
        return BaseSize.TryParse(status.Text("base"), out BaseSize size) ? size : BaseSize.Square;
    }

    private string Progress()
    {
        (double? kimg, double? total) = (status.Number("kimg"), status.Number("total_kimg"));
        double? scheduled = status.Number("schedule_kimg") ?? kimg;
        string percent = $"{Math.Min(100, scheduled / total * 100 ?? 0):0}%";
        string of = total is not > 0 ? " kimg"
            : scheduled - kimg > GrownByHand ? $" kimg seen, {percent} of the schedule of {total:0.#}"
            : $" of {total:0.#} kimg ({percent})";
        string elapsed = status.Number("elapsed") is { } seconds ? $", {Say.Time(seconds)} so far" : "";
        string left = status.Number("seconds_left") is { } rest ? $", {Say.Time(rest)} left" : "";
        return $"{kimg:0.0}{of}{elapsed}{left}";
    }

    private string Stage()
    {
        string size = status.Number("resolution") is { } resolution ? BaseOf(status).At((int)resolution) : "?";
        string how = status.Number("alpha") is < 1 and { } alpha ? $"fading in, alpha {alpha:0.00}" : "stabilising";
        return $"{size} {how}{(status.Number("seconds_left_in_phase") is { } left ? $", {Say.Time(left)} left of the phase" : "")}";
    }

    private string Losses()
    {
        string text = $"D {Say.Number(status.Number("loss_d"))}  G {Say.Number(status.Number("loss_g"))}";
        return status.Object("last_tick") is { } tick
            ? $"{text}  real {Say.Number(tick.Number("score_real"))}  fake {Say.Number(tick.Number("score_fake"))}  gp {Say.Number(tick.Number("gradient_penalty"))}"
            : text;
    }
}
