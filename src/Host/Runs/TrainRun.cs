using Akka.Actor;
using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>One training from the first line on the terminal to the exit code.</summary>
internal static class TrainRun
{
    private static readonly TimeSpan LongestShutdown = TimeSpan.FromMinutes(3);

    /// <summary>Reals that minibatch discrimination is fitted to, as in the paper's Theano code.</summary>
    private const int FittedReals = 500;

    private sealed record Prepared(RunPlan Plan, IReadOnlyList<PreflightResult> Tried, TimePlan Time, string Header);

    /// <summary>Plans, checks, trains.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="console">For people.</param>
    /// <param name="forPrograms">Gets what happens as lines of JSON; null = nobody does.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OperationCanceledException">Cancelled before there was anything to save; nothing was made.</exception>
    public static async Task<int> ExecuteAsync(TrainRequest request, IAnsiConsole console, TextWriter? forPrograms, CancellationToken cancellationToken)
    {
        // A run that goes on is locked before anything in its folder is read.
        TextWriter output = console.Profile.Out.Writer;
        string? resumed = await Interruptible.RunAsync(_ => RunPlan.ResumedRun(request), cancellationToken);
        bool trains = request is { DryRun: false, Smoke: false };
        using RunLock? held = resumed is not null && trains ? RunLock.Take(resumed) : null;
        if (request.Server is { } planned && !trains)
            ListenPort.Check(planned);
        using ListenPort? port = request.Server is { } server && trains ? ListenPort.Take(server) : null;
        if (held?.TakenOver is { } takenOver)
            await output.WriteLineAsync($"Lock       {takenOver}");

        TrainRequest found = request with { ResumeRun = resumed ?? request.ResumeRun };
        Prepared? prepared = await Interruptible.RunAsync(token => PrepareAsync(found, output, forPrograms, token), cancellationToken);
        if (prepared is null)
            return ExitCodes.Done;
        using RunPlan plan = prepared.Plan;
        cancellationToken.ThrowIfCancellationRequested();
        return await TrainAsync(prepared, held, port, request.GivenKeys, console, forPrograms, cancellationToken);
    }

    /// <summary>All that comes before a run's folder; null when no more was asked for.</summary>
    private static async Task<Prepared?> PrepareAsync(TrainRequest request, TextWriter output, TextWriter? forPrograms, CancellationToken cancellationToken)
    {
        RunPlan plan = await RunPlan.CreateAsync(request, cancellationToken);
        try
        {
            if (plan.IsComplete && request is { DryRun: false, Smoke: false })
            {
                EndpointFile.Remove(plan.ResumeFolder!); // of a training that was killed at its end
                await output.WriteLineAsync($"Run        {plan.ResumeFolder} is complete at kimg {plan.Reached!.Images / 1000.0:0.###}; --total-kimg K trains it further");
                if (forPrograms is not null)
                    new EventLines(forPrograms).WriteCompleted(plan.ResumeFolder!, plan.Reached.Images);
                plan.Dispose();
                return null;
            }
            if (plan.ResumeFolder is null && File.Exists(plan.Options.Out))
                throw new UserException($"--out {plan.Options.Out} is a file; name the folder of the runs.");
            string announced = plan.ResumeFolder ?? RunDirectory.Next(plan.Options.Out, plan.Options.RunName());
            string header = RunHeader.Describe(plan) + (plan.Store.Hint is { } hint && !request.Smoke ? $"Note       {hint}\n" : "");
            await output.WriteAsync(header);
            if (request.DryRun)
            {
                TimePlan estimated = new(
                    GrowthSchedule.Create(plan.Trainer.Schedule), CostEstimator.Estimate(plan.Trainer, CostEstimator.MeasureFlops(TorchDevice.First(plan.Options.Device), plan.Options.Precision)));
                await output.WriteAsync($"\n{RunHeader.Costs(estimated, plan, areMeasured: false)}\n{OptionsDocument.Print(plan.Options, null)}");
                await output.WriteLineAsync($"Would train in {announced}. Nothing was created.");
                Tell(estimated);
                plan.Dispose();
                return null;
            }
            if (!request.Smoke)
            {
                DiskNeed.Check(plan);
                await output.WriteLineAsync($"Run        {announced}");
            }
            IReadOnlyList<PreflightResult> tried = TryEveryResolution(plan, output, cancellationToken);
            TimePlan time = TimePlan.At(GrowthSchedule.Create(plan.Trainer.Schedule), tried);
            if (request.Smoke)
            {
                await output.WriteAsync($"\n{RunHeader.Costs(time, plan, areMeasured: true)}\n");
                await SmokeTest.RunAsync(plan, tried, output, cancellationToken);
                Tell(time);
                plan.Dispose();
                return null;
            }
            await output.WriteLineAsync(plan.Reached is { } reached
                ? $"What is left of the schedule takes about {Say.Time(time.SecondsLeft(reached.ScheduleImages, null))} at this speed"
                : $"The whole schedule takes about {Say.Time(time.TotalSeconds)} at this speed");
            return new Prepared(plan, tried, time, header);
        }
        catch
        {
            plan.Dispose();
            throw;
        }

        void Tell(TimePlan time) => forPrograms?.WriteLine(RunHeader.CostsJson(time, plan.Trainer.Architecture).ToJsonString());
    }

    /// <summary>So that a lack of memory shows now and not days later.</summary>
    private static IReadOnlyList<PreflightResult> TryEveryResolution(RunPlan plan, TextWriter output, CancellationToken cancellationToken)
    {
        try
        {
            output.Write("Trying");
            IReadOnlyList<PreflightResult> results = CpuThreads.OnItsOwn(() => Preflight.Run(
                plan.Trainer,
                MachineFacts.Here(plan.Options.Device).MemoryForTraining,
                tried =>
                {
                    output.Write($" {plan.Trainer.Architecture.SizeAt(tried.Stage.Resolution)}");
                    output.Flush();
                },
                cancellationToken));
            output.WriteLine(results.All(r => r.Reduced is null) ? ": all resolutions fit" : "");
            foreach (PreflightResult r in results.Where(r => r.Reduced is not null))
                output.WriteLine(EventText.MicroBatchLine(plan.Trainer.Architecture.SizeAt(r.Stage.Resolution), r.Minibatch, r.MicroBatch, r.Reduced!));
            return results;
        }
        catch (OperationCanceledException)
        {
            output.WriteLine();
            throw;
        }
        catch (PreflightFailedException e)
        {
            output.WriteLine();
            throw new UserException(e.Message, ExitCodes.Usage, e);
        }
    }

    private static async Task<int> TrainAsync(
        Prepared prepared, RunLock? resumed, ListenPort? port, IReadOnlySet<string> givenKeys, IAnsiConsole console, TextWriter? forPrograms,
        CancellationToken cancellationToken)
    {
        // The folder of the run, with its options, before the first step.
        (RunPlan plan, IReadOnlyList<PreflightResult> tried, TimePlan time, string header) = prepared;
        string options = OptionsDocument.Print(plan.Options, plan.About());
        using RunLock held = resumed ?? RunDirectory.Create(plan.Options.Out, plan.Options.RunName(), options);
        string run = held.Run;
        EndpointFile.Remove(run); // of a training that was killed
        if (resumed is not null)
            RunDirectory.Rewrite(run, options);
        using RunLog log = new(run);
        if (held.TakenOver is { } takenOver)
            log.WriteLine($"Lock       {takenOver}");
        await console.Profile.Out.Writer.WriteLineAsync($"Options    all in {Path.Combine(run, RunDirectory.OptionsFile)}");
        log.WriteLine(header + options.TrimEnd('\n'));

        PyramidStore? store = plan.Store.Open(plan.Source, plan.Options.ToPipelineOptions(), line =>
        {
            console.Profile.Out.Writer.WriteLine($"Note       {DisplayName.Of(line)}");
            log.WriteLine(DisplayName.Of(line));
        });
        using StoredSource? stored = store is null ? null : new StoredSource(plan.Source, store);
        IImageSource source = stored ?? plan.Source;
        EventLines? lines = forPrograms is null ? null : new EventLines(forPrograms);
        lines?.WriteRun(run);

        // The actors.
        ActorSystem system = AkkaSetup.Start(log);
        TaskCompletionSource<ITrainingEvent> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ConsoleReporter reporter = new(console, log, time) { Base = plan.Options.Base };
        bool resume = plan.ResumeFolder is not null;
        TrainingSetup setup = plan.Options.ToTrainingSetup(() => MakeTrainer(plan, tried, source, run), source, run, resume, givenKeys) with
        {
            Networks = plan.Options.NetworkGraph ? NetworkLayers.Of(plan.Trainer.Architecture) : [],
        };
        IActorRef training = system.ActorOf(TrainingCoordinator.Props(setup), "training");
        system.ActorOf(ReporterActor.Props(training, reporter, lines, outcome), "reporter");

        try
        {
            // Until the end, or a signal and the end. One that came since the last look stops the training at once.
            LiveTraining live = new(system, training, Path.GetFullPath(run), plan.Source, time, plan.Options, plan.Trainer.Architecture);
            await using DashboardServer? server = port is null ? null : await ServeAsync(port, live, console);
            await using (cancellationToken.Register(() => training.Tell(new StopTraining(), ActorRefs.NoSender)))
                await reporter.ShowUntilAsync(outcome.Task);
        }
        finally
        {
            Task terminated = CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
            await Task.WhenAny(terminated, Task.Delay(LongestShutdown, CancellationToken.None));
        }
        return Conclude(await outcome.Task, cancellationToken.IsCancellationRequested, run, log, console);
    }

    private static async Task<DashboardServer> ServeAsync(ListenPort port, LiveTraining live, IAnsiConsole console)
    {
        RunStore runs = new(Path.GetDirectoryName(live.Run)!, live.Run, null);
        DashboardServer server = await DashboardServer.StartAsync(port, runs, live, CancellationToken.None); // the run has begun: a signal ends it as it should
        await console.Profile.Out.Writer.WriteLineAsync(server.Announcement);
        return server;
    }

    /// <summary>The trainer of a run, as it is before the newest checkpoint is read, or where there is none before the first step.</summary>
    internal static ProgressiveTrainer MakeTrainer(RunPlan plan, IReadOnlyList<PreflightResult> tried, IImageSource source, string run)
    {
        ProgressiveTrainer trainer = new(plan.Trainer, plan.Labels);
        Limit(trainer, tried);
        string? from = plan.Options.InitFrom;
        bool isFitted = plan.Trainer.Architecture.DiscriminationKernels > 0;
        if ((from is null && !isFitted) || RunDirectory.NewestCheckpoint(run) is not null) // which reads all of it
            return trainer;
        if (from is not null)
            trainer.InitializeFrom(NetworkFiles.ReadAll(from));
        if (isFitted) // those of networks that have learnt stay as they are
            trainer.Fit(FirstReals(source, plan.Options.ToPipelineOptions(), trainer.Point.Stage.Resolution));
        return trainer;
    }

    /// <summary>Computes as many images at once as were found to fit.</summary>
    public static void Limit(ProgressiveTrainer trainer, IReadOnlyList<PreflightResult> tried)
    {
        foreach (PreflightResult result in tried)
        {
            if (result.Reduced is { } reason)
                trainer.LimitMicroBatch(result.Stage.Resolution, result.MicroBatch, reason);
        }
    }

    /// <summary>The first images of the run's order, [N, C, H, W].</summary>
    private static byte[] FirstReals(IImageSource source, PipelineOptions options, int resolution)
    {
        List<byte> pixels = [];
        foreach (ImageBatch batch in DatasetImages.ReadAsync(source, options, resolution, FittedReals, CancellationToken.None).ToBlockingEnumerable())
        {
            using (batch)
                pixels.AddRange(batch.Pixels);
        }
        return [.. pixels];
    }

    private static int Conclude(ITrainingEvent ended, bool interrupted, string run, RunLog log, IAnsiConsole console)
    {
        if (ended is TrainingFailed failed)
        {
            log.WriteLine($"failed: {failed.Reason}");
            throw new UserException(
                failed.Kind == FailureKind.DeviceLost ? $"{failed.Reason}\nA new process continues: pggan train --resume {run}" : $"{failed.Reason} (log: {run})",
                ExitCodeOf(failed.Kind));
        }
        console.Profile.Out.Writer.WriteLine($"Run        {run}");
        return interrupted ? ExitCodes.Interrupted : ExitCodes.Done;
    }

    private static int ExitCodeOf(FailureKind kind) => kind switch
    {
        FailureKind.Configuration => ExitCodes.Usage,
        FailureKind.Diverged => ExitCodes.TrainingFailed,
        FailureKind.DeviceLost => ExitCodes.DeviceLost,
        FailureKind.DataUnusable => ExitCodes.DataUnusable,
        _ => ExitCodes.Defect,
    };
}
