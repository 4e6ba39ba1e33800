using System.CommandLine;
using Akka.Actor;
using Pggan.Actors;
using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>A real training of tiny networks that lasts until it is stopped, with a real server.</summary>
internal sealed class LiveServer : IAsyncDisposable
{
    private readonly RunPlan _plan;
    private readonly RunLog _log;
    private readonly ActorSystem _system;

    private LiveServer(RunPlan plan, RunLog log, ActorSystem system, LiveTraining live, DashboardServer server)
    {
        _plan = plan;
        _log = log;
        _system = system;
        Live = live;
        Server = server;
        Client = new ApiClient(server.Url, TokenFile.Of(live.Run, out _));
    }

    public LiveTraining Live { get; }

    public DashboardServer Server { get; }

    public ApiClient Client { get; }

    public EventStream Stream => Server.Stream!;

    /// <summary>Starts in a folder, or goes on there.</summary>
    /// <param name="folder">Holds dataset and run.</param>
    /// <param name="port">0 = any.</param>
    /// <param name="sets">Keys of the options and their values.</param>
    public static async Task<LiveServer> StartAsync(TemporaryFolder folder, int port = 0, params string[] sets)
    {
        Command command = new("train");
        RunArguments arguments = new(command);
        string[] options = [.. TinyTraining.Start(TinyTraining.WriteData(folder.Path), folder["runs"])[1..], "--set", "total_kimg=100000", .. sets.SelectMany(s => new[] { "--set", s })];
        RunPlan plan = await RunPlan.CreateAsync(arguments.Read(command.Parse(options)), TestContext.Current.CancellationToken);
        string run = Directory.CreateDirectory(Path.Combine(folder["runs"], "00000-tiny")).FullName;
        await File.WriteAllTextAsync(Path.Combine(run, RunDirectory.OptionsFile), OptionsDocument.Print(plan.Options, null), TestContext.Current.CancellationToken);
        RunLog log = new(run);
        ActorSystem system = AkkaSetup.Start(log);
        TrainingSetup setup = plan.Options.ToTrainingSetup(() => new ProgressiveTrainer(plan.Trainer, plan.Labels), plan.Source, run, resume: true, new HashSet<string>());
        IActorRef training = system.ActorOf(TrainingCoordinator.Props(setup), "training");
        GrowthSchedule schedule = GrowthSchedule.Create(plan.Trainer.Schedule);
        LiveTraining live = new(system, training, run, plan.Source, new TimePlan(schedule, CostEstimator.Estimate(plan.Trainer, 1e9)), plan.Options, plan.Trainer.Architecture);
        RunStore runs = new(folder["runs"], run, null);
        ServerOptions server = new() { Port = port };
        return new LiveServer(plan, log, system, live, await DashboardServer.StartAsync(server, runs, live, TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Live.Coordinator.Tell(new StopTraining(), ActorRefs.NoSender);
        await Server.DisposeAsync();
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance);
        _log.Dispose();
        _plan.Dispose();
    }
}
