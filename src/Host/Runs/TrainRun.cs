using Akka.Actor;
using Pggan.Actors;
using Pggan.Model;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>One training from the first line on the terminal to the exit code.</summary>
internal static class TrainRun
{
    private static readonly TimeSpan LongestShutdown = TimeSpan.FromMinutes(3);

    /// <summary>Plans, checks, trains.</summary>
    public static async Task<int> ExecuteAsync(TrainRequest request, IAnsiConsole console, CancellationToken cancellationToken)
    {
        TextWriter output = console.Profile.Out.Writer;
        using RunPlan plan = await RunPlan.CreateAsync(request, cancellationToken);
        string announced = plan.ResumeFolder ?? RunDirectory.Next(plan.Options.Out, plan.Options.RunName());
        string header = RunHeader.Describe(plan);
        await output.WriteAsync(header);

        if (request.DryRun)
        {
            TimePlan estimated = new(
                GrowthSchedule.Create(plan.Trainer.Schedule), CostEstimator.Estimate(plan.Trainer, CostEstimator.MeasureFlops(plan.Options.Device)));
            await output.WriteAsync($"\n{RunHeader.Costs(estimated)}\n{OptionsDocument.Print(plan.Options, null)}");
            await output.WriteLineAsync($"Would train in {announced}. Nothing was created.");
            return ExitCodes.Done;
        }
        if (request.Smoke)
        {
            await SmokeTest.RunAsync(plan, output, cancellationToken);
            return ExitCodes.Done;
        }
        await output.WriteLineAsync($"Run        {announced}");
        TimePlan time = TimePlan.At(GrowthSchedule.Create(plan.Trainer.Schedule), await TryEveryResolutionAsync(plan, output, cancellationToken));
        await output.WriteLineAsync($"The whole schedule takes about {Say.Time(time.TotalSeconds)} at this speed");
        return await TrainAsync(plan, time, header, request.GivenKeys, console, cancellationToken);
    }

    /// <summary>So that a lack of memory shows now and not days later.</summary>
    private static async Task<IReadOnlyList<PreflightResult>> TryEveryResolutionAsync(RunPlan plan, TextWriter output, CancellationToken cancellationToken)
    {
        try
        {
            await output.WriteAsync("Trying");
            IReadOnlyList<PreflightResult> results = await Task.Run(
                () => Preflight.Run(
                    plan.Trainer,
                    tried =>
                    {
                        output.Write($" {Say.Size(tried.Stage.Resolution)}");
                        output.Flush();
                    },
                    cancellationToken),
                cancellationToken);
            await output.WriteLineAsync(": all resolutions fit");
            return results;
        }
        catch (PreflightFailedException e)
        {
            await output.WriteLineAsync();
            throw new UserException(e.Message, ExitCodes.Usage, e);
        }
    }

    private static async Task<int> TrainAsync(
        RunPlan plan, TimePlan time, string header, IReadOnlySet<string> givenKeys, IAnsiConsole console, CancellationToken cancellationToken)
    {
        // The folder of the run, with its options, before the first step.
        string options = OptionsDocument.Print(plan.Options, plan.About());
        string run = plan.ResumeFolder ?? RunDirectory.Create(plan.Options.Out, plan.Options.RunName(), options);
        if (plan.ResumeFolder is not null)
            RunDirectory.Rewrite(run, options);
        using RunLog log = new(run);
        await console.Profile.Out.Writer.WriteLineAsync($"Options    all in {Path.Combine(run, RunDirectory.OptionsFile)}");
        log.WriteLine(header + options.TrimEnd('\n'));

        // The actors.
        ActorSystem system = AkkaSetup.Start(log);
        TaskCompletionSource<ITrainingEvent> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ConsoleReporter reporter = new(console, log, time);
        bool resume = plan.ResumeFolder is not null;
        TrainingSetup setup = plan.Options.ToTrainingSetup(() => MakeTrainer(plan, run), plan.Source, run, resume, givenKeys);
        IActorRef training = system.ActorOf(TrainingCoordinator.Props(setup), "training");
        system.ActorOf(ReporterActor.Props(training, reporter, outcome), "reporter");

        // Until the end, or a signal and the end.
        ITrainingEvent ended;
        bool interrupted;
        using (StopSignals signals = new(() => training.Tell(new StopTraining(), ActorRefs.NoSender)))
        await using (cancellationToken.Register(() => training.Tell(new StopTraining(), ActorRefs.NoSender)))
        {
            await reporter.ShowUntilAsync(outcome.Task);
            ended = await outcome.Task;
            interrupted = signals.Stopped || cancellationToken.IsCancellationRequested;
        }
        Task terminated = CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await Task.WhenAny(terminated, Task.Delay(LongestShutdown, CancellationToken.None));
        return Conclude(ended, interrupted, run, log, console);
    }

    private static ProgressiveTrainer MakeTrainer(RunPlan plan, string run)
    {
        ProgressiveTrainer trainer = new(plan.Trainer, plan.Labels);
        if (plan.Options.InitFrom is { } from && RunDirectory.NewestCheckpoint(run) is null)
            NetworkFiles.Initialize(trainer, from);
        return trainer;
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
