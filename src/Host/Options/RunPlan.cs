using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;
using TorchSharp;

namespace Pggan.Host;

/// <summary>A run that is fully decided and checked, and of which nothing exists yet.</summary>
internal sealed class RunPlan : IDisposable
{
    /// <summary>What a complete run can be asked with and stay complete; all else is taken over into its options.json.</summary>
    private static readonly string[] OfTheSchedule = ["out", "train_kimg", "fade_kimg", "total_kimg"];

    private RunPlan(RunOptions options, IImageSource source, TrainerOptions trainer, string? resumeFolder, IReadOnlyList<string> hints, StorePlan store)
    {
        Store = store;
        Options = options;
        Source = source;
        Trainer = trainer;
        ResumeFolder = resumeFolder;
        Hints = hints;
    }

    /// <summary>Every option.</summary>
    public RunOptions Options { get; }

    /// <summary>The dataset.</summary>
    public IImageSource Source { get; }

    /// <summary>The model's part of the options.</summary>
    public TrainerOptions Trainer { get; }

    /// <summary>The run to continue, or null for a new one.</summary>
    public string? ResumeFolder { get; }

    /// <summary>Where the run to continue is; null = at its beginning.</summary>
    public GrowthProgress? Reached { get; private init; }

    /// <summary>The run to continue has come to its end, and is not asked for more.</summary>
    public bool IsComplete { get; private init; }

    /// <summary>What the user might want to know.</summary>
    public IReadOnlyList<string> Hints { get; }

    /// <summary>Where its images are kept at every resolution.</summary>
    public StorePlan Store { get; }

    /// <summary>The dataset's labels where the networks are conditional.</summary>
    public LabelTable? Labels => Trainer.Architecture.LabelSize > 0 ? LabelsOf(Source) : null;

    /// <summary>The folder of the run that a request continues, of which nothing is read yet; null = a new run.</summary>
    /// <exception cref="UserException">There is no such run, or an option is unknown.</exception>
    public static string? ResumedRun(TrainRequest request)
    {
        JsonObject wishes = [];
        Apply(wishes, request);
        OptionsDocument.CheckPaths(wishes);
        return request.Resume ? RunDirectory.Find(OptionsDocument.Text(wishes, "out") ?? new RunOptions().Out, request.ResumeRun) : null;
    }

    /// <summary>Decides and checks a run.</summary>
    /// <exception cref="UserException">An option is unknown or out of its range, or options do not fit each other.</exception>
    /// <exception cref="DatasetUnusableException">The dataset can't be used.</exception>
    public static async Task<RunPlan> CreateAsync(TrainRequest request, CancellationToken cancellationToken)
    {
        // What the user fixed, before any preset.
        string? resumeFolder = ResumedRun(request);
        JsonObject? resumed = resumeFolder is null ? null : OptionsDocument.ReadFile(Path.Combine(resumeFolder, RunDirectory.OptionsFile));
        JsonObject known = resumed?.DeepClone().AsObject() ?? [];
        Apply(known, request);
        OptionsDocument.CheckPaths(known);
        string data = OptionsDocument.Text(known, "data") ?? RunOptions.EmbeddedData;
        string device = ResolveDevice(OptionsDocument.Text(known, "device") ?? TorchDevice.Auto);

        BeginningNetworks? begins = resumed is null && OptionsDocument.Text(known, "init_from") is { } from ? BeginningNetworks.Read(from, OptionsDocument.Text(known, "out")) : null;
        RunOptions wishes = OptionsDocument.To(WithoutTables(known));
        if (known.ContainsKey("resolution") && !known.ContainsKey("base"))
            TypedSize.Check("--resolution", wishes.Resolution);
        int? channels = known.ContainsKey("channels") ? wishes.Channels : begins?.Architecture.Channels;
        data = SyntheticData.Complete(
            data, known.ContainsKey("resolution") ? wishes.Resolution : begins?.Architecture.Resolution,
            known.ContainsKey("base") ? wishes.Base : begins is not null ? Datasets.BaseOf(begins.Architecture) : BaseSize.Square, channels ?? wishes.Channels);
        IImageSource source = Datasets.Open(data, RunOptions.Decode(wishes.Background, channels ?? wishes.Channels));
        try
        {
            // The preset fits the rest to it, and to the networks that the run begins with.
            JsonObject document = resumed?.DeepClone().AsObject() ?? [];
            List<string> hints = [];
            (BaseSize? proportions, string? transparency) = (null, null);
            if (resumed is null)
            {
                BaseSize size = known.ContainsKey("base") ? wishes.Base : begins is not null ? Datasets.BaseOf(begins.Architecture) : Datasets.BaseOf(source);
                DatasetFacts facts = await Datasets.InspectAsync(data, source, size, cancellationToken);
                (proportions, transparency) = (facts.Proportions, facts.Transparency);
                string name = OptionsDocument.Text(known, "preset") ?? Presets.Auto;
                PresetWishes wished = Wishes(known, wishes);
                wished = wished with
                {
                    Resolution = wished.Resolution ?? begins?.Architecture.Resolution,
                    InitialResolution = wished.InitialResolution ?? begins?.FadingBelow(wished.Resolution) / 2, // so that there is time for the fade
                };
                document = OptionsDocument.From(Checked(() => Presets.Create(name, facts, MachineFacts.Here(device), wished)));
                if (begins?.Options(wished.Resolution!.Value, known.ContainsKey("initial_resolution")) is { } theirs)
                {
                    string[] given = name == Presets.Auto ? [] : [.. theirs.Where(o => !JsonNode.DeepEquals(o.Value, document[o.Key])).Select(o => o.Key)];
                    if (given.Length > 0)
                        hints.Add($"the preset {name} gives way to the networks of --init-from in {string.Join(", ", given)}");
                    OptionsDocument.Merge(document, theirs);
                }
            }
            Apply(document, request);
            RunOptions options = Absolute(OptionsDocument.To(document) with { Data = data, Device = device });
            if (begins is not null)
                options = options with { InitFrom = Path.GetFullPath(begins.Path) };
            if (resumed is null) // a run that goes on keeps its minibatches, whoever computes them
                options = options with { Devices = Math.Max(options.Devices, TorchDevice.Names(device).Count) };

            // One validation of everything.
            int labelSize = LabelSize(options, source, hints);
            options = options with { Labels = labelSize > 0 ? LabelMode.On : LabelMode.Off };
            TrainingState? newest = resumeFolder is null ? null : Newest(resumeFolder)?.State;
            TrainerOptions trainer = options.ToTrainerOptions(labelSize);
            LabelGroups? begun = resumeFolder is null ? begins?.Architecture.LabelGroups : KnownOptions.Of(resumeFolder).LabelGroups;
            if (labelSize > 0)
                trainer = trainer with { Architecture = trainer.Architecture with { LabelGroups = GroupsOf(source, newest?.Architecture, begun) } };
            if (labelSize > 0 && !known.ContainsKey("sample_rows"))
            {
                int turns = WholeLabel.Turns(trainer.Architecture).Count;
                options = options.WithSampleRowPerClass(turns);
                if (options.SampleRows < turns)
                    hints.Add($"the sample grid has rows for {options.SampleRows} of {turns} labels; 'pggan draw --class' shows any");
            }
            Checked(() =>
            {
                options.Validate();
                trainer.Validate();
                return options;
            });
            if (resumeFolder is not null)
            {
                RunOptions was = OptionsDocument.To(resumed!);
                CheckUnchanged(newest, was, options, trainer.Architecture, source.ClassNames);
                if (HandChanges.Describe(resumeFolder, was, newest, request.GivenKeys) is { } changes)
                    hints.Add($"changed by hand, and still so: {changes}");
                if (LowerThanBefore(newest, trainer) is { } lower)
                    hints.Add(lower);
            }
            CheckPrecision(options, trainer);
            GrowthSchedule schedule = GrowthSchedule.Create(trainer.Schedule);
            int largestMinibatch = schedule.Phases.Max(p => schedule.At(p.StartImages + 1).Minibatch);
            StorePlan store = StorePlan.Of(options, trainer, source, resumeFolder is null ? options.Out : Path.GetDirectoryName(resumeFolder)!);
            await Datasets.CheckAsync(source, options.ToPipelineOptions(), largestMinibatch, store.Images, cancellationToken);
            CheckMetrics(options, hints);
            begins?.Check(trainer, source.ClassNames, hints);
            Advise(options, resumed is null ? known : [], schedule, source, hints);
            if (!known.ContainsKey("base") && proportions is { } whole && whole != options.Base && options.Base.IsDefault && options.SizePolicy == SizePolicy.CentreCrop)
                hints.Add($"squares are cut out of the images; --set base={whole} takes them whole");
            if (transparency is not null && options.Channels != 4)
                hints.Add($"{transparency} images looked at have transparent pixels, which are laid over {(options.Background == Colour.White ? "white" : options.Background)}; --set channels=4 keeps alpha");
            if (DiskNeed.Hint(options, trainer, resumeFolder ?? options.Out) is { } hint)
                hints.Add(hint);
            return new RunPlan(options, source, trainer, resumeFolder, hints, store)
            {
                Reached = newest?.Progress,
                IsComplete = newest?.Progress.ScheduleImages >= schedule.TotalImages && request.GivenKeys.All(OfTheSchedule.Contains) && request.Config is null && HasPhasesOf(resumed!, document) && RunEnd.Of(resumeFolder!, isLive: true).State == "completed",
            };
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>What options.json tells besides the options.</summary>
    public JsonObject About() => new()
    {
        ["pggan"] = typeof(RunPlan).Assembly.GetName().Version?.ToString(3),
        ["torchsharp"] = typeof(torch).Assembly.GetName().Version?.ToString(3),
        ["libtorch"] = torch.__version__,
        ["dotnet"] = Environment.Version.ToString(),
        ["os"] = RuntimeInformation.OSDescription,
        ["cores"] = Environment.ProcessorCount,
        ["dataset"] = new JsonObject
        {
            ["description"] = Source.Description,
            ["images"] = Source.Count,
            ["digest"] = Source.Digest,
            ["classes"] = new JsonArray([.. Source.ClassNames.Select(n => (JsonNode?)n)]),
            [KnownOptions.LabelGroupsKey] = Trainer.Architecture.LabelGroups is { } groups ? new JsonArray([.. groups.Select(size => (JsonNode?)size)]) : null,
        },
    };

    public void Dispose() => Source.Dispose();

    /// <summary>Configuration file, options and --set, one over the other.</summary>
    private static void Apply(JsonObject document, TrainRequest request)
    {
        if (request.Config is not null)
        {
            InputFile.Require("--config", request.Config);
            OptionsDocument.Merge(document, OptionsDocument.ReadFile(request.Config));
        }
        foreach ((string key, string value) in request.Values)
            OptionsDocument.Set(document, $"{key}={value}");
        foreach (string assignment in request.Sets)
            OptionsDocument.Set(document, assignment);
    }

    private static PresetWishes Wishes(JsonObject known, RunOptions fixedByUser)
    {
        return new PresetWishes(
            known.ContainsKey("resolution") ? fixedByUser.Resolution : null,
            known.ContainsKey("initial_resolution") ? fixedByUser.InitialResolution : null,
            Usual("train_kimg", fixedByUser.TrainKimg),
            Usual("fade_kimg", fixedByUser.FadeKimg),
            known.ContainsKey("total_kimg") ? fixedByUser.TotalKimg : null);

        // A table may name single resolutions alone.
        double? Usual(string key, ResolutionTable<double> number) => known[key] switch
        {
            null => null,
            JsonObject table => OptionsDocument.Number(table, ResolutionTableConverter.DefaultKey),
            _ => number.Default,
        };
    }

    /// <summary>A table of which --set names single entries is whole only over a preset.</summary>
    private static JsonObject WithoutTables(JsonObject document) =>
        new(document.Where(p => p.Value is not JsonObject).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));

    private static string ResolveDevice(string name)
    {
        try
        {
            string resolved = TorchDevice.Resolve(name);
            foreach (string one in TorchDevice.Names(resolved))
                TorchDevice.Parse(one);
            return resolved;
        }
        catch (ArgumentException e)
        {
            throw new UserException($"--device: {e.Message}", ExitCodes.Usage, e);
        }
        catch (Exception e) when (NativeLibraries.IsLoadFailure(e))
        {
            throw new UserException(NativeLibraries.Explain(e), ExitCodes.Usage, e);
        }
    }

    /// <summary>So that options.json means the same from any folder.</summary>
    private static RunOptions Absolute(RunOptions options) => options with
    {
        Data = options.Data == RunOptions.EmbeddedData || SyntheticData.Is(options.Data) ? options.Data : Path.GetFullPath(options.Data),
        InitFrom = options.InitFrom is null ? null : Path.GetFullPath(options.InitFrom),
        Features = options.Features is null ? null : Path.GetFullPath(options.Features),
    };

    private static int LabelSize(RunOptions options, IImageSource source, List<string> hints)
    {
        if (options.Labels == LabelMode.On)
        {
            return source.LabelSize > 0
                ? source.LabelSize
                : throw new UserException($"--labels on: {source.Description} has no labels; give each class a subfolder, or leave the option out.");
        }
        if (options.Labels == LabelMode.Auto && source.LabelSize > 0)
            hints.Add($"the dataset has labels ({source.LabelSize} classes) that are not used; --labels on trains a conditional network");
        return 0;
    }

    private static LabelTable LabelsOf(IImageSource source) => new(source.Count, source.LabelSize, source.CopyLabel) { Names = source.ClassNames };

    /// <summary>Those of the labels; a run that is continued keeps its own, which before there were groups was one.</summary>
    /// <param name="source">The dataset.</param>
    /// <param name="continued">Of the newest checkpoint; null = there is none yet.</param>
    /// <param name="begun">Groups of the networks that the run begins with, or has begun with.</param>
    private static LabelGroups? GroupsOf(IImageSource source, NetworkArchitecture? continued, LabelGroups? begun)
    {
        if (continued is not null)
            return continued.LabelSize == source.LabelSize ? continued.LabelGroups : null;
        try
        {
            return LabelGroups.Of(LabelsOf(source), begun);
        }
        catch (InvalidDataException e)
        {
            throw new UserException($"--labels on: {source.Description}: {DisplayName.Of(e.Message)}.", ExitCodes.DataUnusable, e);
        }
    }

    private static void CheckMetrics(RunOptions options, List<string> hints)
    {
        string[] results = CpuThreads.OnItsOwn<string[]>(() => // a network is tried when it is opened
        {
            using FeatureExtractor? features = options.Features is { } file ? FeatureFiles.Open(file, TorchDevice.First(options.Device)) : null;
            MetricPlan plan = options.ToMetricPlan(features);
            Checked("--metrics: ", () =>
            {
                plan.Validate();
                plan.ValidateCount(options.MetricImages);
                return options;
            });
            if (features is not null)
                hints.Add($"features of {features.Name}, SHA-256 {features.Digest}");
            return [.. plan.Metrics.Select(plan.ResultName)];
        });
        if (options.KeepBest is { } best && !results.Contains(best))
            hints.Add($"--keep-best {best} is not measured by this training; its scores are awaited in RUN/metric-{best}.jsonl");
    }

    private static void CheckPrecision(RunOptions options, TrainerOptions trainer) => Checked(() => CpuThreads.OnItsOwn(() =>
    {
        PrecisionCheck.Run(trainer);
        return options;
    }));

    private static RunOptions Checked(Func<RunOptions> options) => Checked("Options do not fit: ", options);

    private static T Checked<T>(string before, Func<T> check)
    {
        try
        {
            return check();
        }
        catch (ArgumentException e)
        {
            throw new UserException($"{before}{OptionNames.In(e.Message, RunArguments.Typed)}.", ExitCodes.Usage, e);
        }
    }

    /// <summary>Whether the lengths of the phases are the same, so that a place in the schedule is, too.</summary>
    private static bool HasPhasesOf(JsonObject was, JsonObject now) =>
        JsonNode.DeepEquals(was["train_kimg"], now["train_kimg"]) && JsonNode.DeepEquals(was["fade_kimg"], now["fade_kimg"]);

    /// <summary>The newest whole checkpoint of a run; null = it has none yet, and so no networks that a change could break.</summary>
    private static Checkpoint? Newest(string run)
    {
        string? refused = null;
        return new CheckpointDirectory(Path.Combine(run, RunDirectory.CheckpointFolder)).Newest((_, reason) => refused ??= reason)
            ?? (refused is null ? null
                : throw new UserException($"no checkpoint of {run} is whole; the newest one: {refused.TrimEnd('.')}.\nBegin a new run, or bring an older checkpoint back."));
    }

    private static void CheckUnchanged(TrainingState? newest, RunOptions was, RunOptions now, NetworkArchitecture architecture, IReadOnlyList<string> classes)
    {
        if (was.Preset != now.Preset)
            throw new UserException($"--preset {now.Preset}: a preset belongs to a run's start, and this one began with {was.Preset}; leave it out, or change single options.");
        NetworkArchitecture stored = newest?.Architecture ?? was.ToTrainerOptions(architecture.LabelSize).Architecture with { LabelGroups = architecture.LabelGroups };
        if (stored.LabelSize > 0 && architecture.LabelSize > 0 && stored.LabelSize != architecture.LabelSize)
            throw new UserException($"--resume continues the same networks: they know {stored.LabelSize} classes, and the dataset has {architecture.LabelSize}. Give it the classes that it had, or begin a new run.");
        if (stored != architecture || was.Labels != now.Labels)
        {
            string what = stored.MisfitIn(architecture) ?? "labels and groups can't change";
            throw new UserException($"--resume continues the same networks: {what}. Use --init-from for a new run.");
        }
        if (architecture.LabelSize > 0 && newest?.LabelNames is { } known && !known.SequenceEqual(classes, StringComparer.Ordinal))
        {
            (string name, int at) = known.Select((name, at) => (name, at)).First(k => classes[k.at] != k.name);
            throw new UserException($"--resume continues the same networks: their class {at} is {DisplayName.Of(name)}, and the dataset's is {DisplayName.Of(classes[at])}. "
                + "Give it the classes that it had, in their order, or begin a new run.");
        }
        if (was.Seed != now.Seed)
            throw new UserException($"--resume continues the same run: its seed is {was.Seed} and can't become {now.Seed}.");
    }

    /// <summary>Images seen stay seen, so that a run is earlier in a schedule of longer phases.</summary>
    private static string? LowerThanBefore(TrainingState? newest, TrainerOptions trainer)
    {
        if (newest is not { LastStage: { } trained })
            return null;
        GrowthScheduleOptions changed = trainer.Schedule.With(newest.Changes ?? new TrainingChange());
        int next = Checked("Options do not fit what was changed by hand: ", () => GrowthSchedule.Create(changed)).At(newest.Progress.GroupImages).Stage.Resolution;
        return next >= trained.Resolution ? null
            : $"phases are longer than they were: the run goes on at {trainer.Architecture.SizeAt(next)}, though it had grown to {trainer.Architecture.SizeAt(trained.Resolution)}";
    }

    private static void Advise(RunOptions options, JsonObject known, GrowthSchedule schedule, IImageSource source, List<string> hints)
    {
        JsonObject usual = OptionsDocument.From(new RunOptions());
        string[] ofLabels = options.Labels == LabelMode.On ? [] : ["label_loss", "even_labels", "balance_labels", "normalize_labels", "label_weight", "g_label_weight"];
        if (ofLabels.Where(key => known.ContainsKey(key) && !JsonNode.DeepEquals(known[key], usual[key])).ToList() is { Count: > 0 } idle)
            hints.Add($"without --labels on {string.Join(", ", idle)} {(idle.Count == 1 ? "does" : "do")} nothing");
        int devices = TorchDevice.Names(options.Device).Count;
        if (options.Precision == Precision.Fp16 && TorchDevice.First(options.Device) == "cpu")
            hints.Add("fp16 is for GPUs: on a CPU libtorch takes a hundred times as long for its gradients");
        if (options.Devices > devices)
            hints.Add($"minibatches are those of {options.Devices} devices, taken by {devices}; several are named as in --device cuda:0,1");
        if (schedule.Phases[^1].StartImages >= schedule.TotalImages)
            hints.Add($"total_kimg {options.TotalKimg:0.###} ends before {options.Base.At(options.Resolution)} is fully grown (kimg {schedule.Phases[^1].StartImages / 1000:0.###})");
        if (source.Count < 500)
            hints.Add($"{source.Count} images are few: expect the networks to learn them by heart");
    }
}
