using System.Globalization;
using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>
/// Everything that decides a run, as it stands in options.json. Keys are the properties' names in snake case. Defaults are the reference's;
/// what makes a good run on a given machine comes from a preset.
/// </summary>
internal sealed record RunOptions
{
    /// <summary>Name of the embedded dataset.</summary>
    public const string EmbeddedData = "fluent-portraits";

    /// <summary>A sample grid's picture has fewer pixels than this.</summary>
    private const long MostSamplePixels = 64_000_000;

    private const int MostSampleRows = 64;

    /// <summary>Where the defaults come from.</summary>
    public string Preset { get; init; } = Presets.Auto;

    /// <summary>Folder, file or list of files of docs/datasets.md, or the embedded portraits.</summary>
    public string Data { get; init; } = EmbeddedData;

    /// <summary>Folder of the runs.</summary>
    public string Out { get; init; } = "runs";

    /// <summary>Name of the run after its number; null = dataset and resolution.</summary>
    public string? Name { get; init; }

    /// <summary>A network whose weights the run begins with; null = random ones.</summary>
    public string? InitFrom { get; init; }

    /// <summary>"auto", "cpu", "cuda" or "cuda:0"; or several that share each minibatch, as in "cuda:0,1", or "cuda:all".</summary>
    public string Device { get; init; } = TorchDevice.Auto;

    /// <summary>fp32, fp16 or bf16: what networks compute with. Weights are fp32.</summary>
    public Precision Precision { get; init; }

    /// <summary>Seed of every draw.</summary>
    public long Seed { get; init; } = 1000;

    /// <summary>Width and height of images at resolution 4; at any other they are as many times larger, so that 4x6 grows to 64x96 at 64.</summary>
    public BaseSize Base { get; init; } = BaseSize.Square;

    /// <summary>Final resolution in pixels, of images with a base of 4x4.</summary>
    public int Resolution { get; init; } = 64;

    /// <summary>Resolution in pixels at which training begins.</summary>
    public int InitialResolution { get; init; } = 4;

    /// <summary>Alpha at which training begins; below 1 in the middle of the fade-in of initial_resolution.</summary>
    public double InitialAlpha { get; init; } = 1;

    /// <summary>Thousands of images of each stabilise phase.</summary>
    public ResolutionTable<double> TrainKimg { get; init; } = 600;

    /// <summary>Thousands of images of each fade-in.</summary>
    public ResolutionTable<double> FadeKimg { get; init; } = 600;

    /// <summary>Thousands of images of the whole run.</summary>
    public double TotalKimg { get; init; } = 15000;

    /// <summary>Real images a step.</summary>
    public ResolutionTable<int> Minibatch { get; init; } = new(16);

    /// <summary>Most images of a step that one device can hold, by resolution; no entry = no limit.</summary>
    public IReadOnlyDictionary<int, int> MaxMinibatchPerDevice { get; init; } = new Dictionary<int, int>();

    /// <summary>
    /// Images that a device computes at once, by resolution, in whole stddev groups; no entry = its whole share of the minibatch, or as many as memory
    /// holds. Gradients are summed, so results differ by rounding alone.
    /// </summary>
    public IReadOnlyDictionary<int, int> MicroBatch { get; init; } = new Dictionary<int, int>();

    /// <summary>
    /// Devices that the minibatches are made for, at least as many as there are: they are a multiple of it, and the limits count for each.
    /// </summary>
    public int Devices { get; init; } = 1;

    /// <summary>Adam's learning rate for G.</summary>
    public ResolutionTable<double> GLearningRate { get; init; } = new(0.001);

    /// <summary>Adam's learning rate for D.</summary>
    public ResolutionTable<double> DLearningRate { get; init; } = new(0.001);

    /// <summary>Thousands of images over which the learning rates rise; 0 = none.</summary>
    public double RampKimg { get; init; }

    /// <summary>Thousands of images between two progress reports.</summary>
    public ResolutionTable<double> TickKimg { get; init; } = new(160, new GrowthScheduleOptions().TickKimg);

    /// <summary>1 grey, 3 RGB, 4 RGB and alpha.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Feature maps are fmap_base / 2^(stage * fmap_decay), at most fmap_max.</summary>
    public int FmapBase { get; init; } = 8192;

    /// <summary>Most feature maps of a layer.</summary>
    public int FmapMax { get; init; } = 512;

    /// <summary>How fast feature maps halve with each stage.</summary>
    public double FmapDecay { get; init; } = 1;

    /// <summary>Components of the latent; 0 = as many as the feature maps of the first stage.</summary>
    public int Latent { get; init; }

    /// <summary>Scale and convolution as one operation.</summary>
    public bool FusedScale { get; init; } = true;

    /// <summary>Images a group of the minibatch standard deviation; 1 = no such layer.</summary>
    public int StddevGroup { get; init; } = 4;

    /// <summary>Scale the latent to unit mean square.</summary>
    public bool NormalizeLatents { get; init; } = true;

    /// <summary>Labels are scaled with the latent; off: they stay as they are.</summary>
    public bool NormalizeLabels { get; init; } = true;

    /// <summary>Normalise the feature vector of each pixel in G.</summary>
    public bool PixelNorm { get; init; } = true;

    /// <summary>Added to the mean square in the pixel norm.</summary>
    public double PixelNormEpsilon { get; init; } = 1e-8;

    /// <summary>Feature maps of the last dense layer, then of each resolution from 4x4 up, in place of fmap_base, fmap_decay and fmap_max; null = by those.</summary>
    public FeatureMapList? FeatureMaps { get; init; }

    /// <summary>official or gan-zoo: whose reading of the paper the networks follow.</summary>
    public NetworkConventions Conventions { get; init; }

    /// <summary>progressive or dcgan: what the networks are made of.</summary>
    public NetworkLayout Layout { get; init; } = NetworkLayout.Progressive;

    /// <summary>Scale weights at run time; off: they begin with He's deviation.</summary>
    public bool EqualizedLearningRate { get; init; } = true;

    /// <summary>Leaky ReLU in G; off: a plain one.</summary>
    public bool LeakyRelu { get; init; } = true;

    /// <summary>G's image passes through tanh; off: it is linear.</summary>
    public bool TanhOutput { get; init; }

    /// <summary>Batch norm in G; off: none.</summary>
    public bool BatchNorm { get; init; }

    /// <summary>Layer norm in D; off: none.</summary>
    public bool LayerNorm { get; init; }

    /// <summary>Kernels of minibatch discrimination in D; 0 = none.</summary>
    public int DiscriminationKernels { get; init; }

    /// <summary>wgan-gp, lsgan, lsgan-nash, dcgan or logistic.</summary>
    public AdversarialLoss Loss { get; init; } = AdversarialLoss.WganGp;

    /// <summary>off, gdrop or instance: noise on D.</summary>
    public DiscriminatorNoise DiscriminatorNoise { get; init; } = DiscriminatorNoise.Off;

    /// <summary>Weight of GDPP in G's loss; 0 = none.</summary>
    public double GdppWeight { get; init; }

    /// <summary>Weight of the gradient penalty.</summary>
    public double PenaltyWeight { get; init; } = 10;

    /// <summary>Gradient norm that the penalty aims at.</summary>
    public double PenaltyTarget { get; init; } = 1;

    /// <summary>official or native: which image the penalty differentiates by.</summary>
    public PenaltyScale PenaltyScale { get; init; } = PenaltyScale.Official;

    /// <summary>Weight of the squared score of reals; 0 = none.</summary>
    public double Drift { get; init; } = 0.001;

    /// <summary>Weight of the label loss.</summary>
    public double LabelWeight { get; init; } = 1;

    /// <summary>The same in G's loss alone; null = label_weight.</summary>
    public double? GLabelWeight { get; init; }

    /// <summary>both or reals: whose labels D is taught.</summary>
    public LabelLossScope LabelLoss { get; init; }

    /// <summary>Ask G for every value of an attribute as often; off: for labels of the dataset.</summary>
    public bool EvenLabels { get; init; }

    /// <summary>Values that are rare in the dataset weigh more in the label loss.</summary>
    public bool BalanceLabels { get; init; }

    /// <summary>Adam's decay of the first moment.</summary>
    public double Beta1 { get; init; }

    /// <summary>Adam's decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.99;

    /// <summary>Added to the root of Adam's second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>G steps between two readings of the schedule.</summary>
    public int MinibatchRepeats { get; init; } = 4;

    /// <summary>D steps a G step.</summary>
    public int DiscriminatorRepeats { get; init; } = 1;

    /// <summary>Both networks learn from the same latents before either moves; off: G after D.</summary>
    public bool SimultaneousUpdate { get; init; }

    /// <summary>d or g: whose step the average of G is updated after.</summary>
    public AverageAfter AverageAfter { get; init; }

    /// <summary>The average of G begins anew when a resolution comes in.</summary>
    public bool RestartAverage { get; init; }

    /// <summary>Share of the old average of G that a step leaves.</summary>
    public double EmaBeta { get; init; } = 0.999;

    /// <summary>Half-life of the average of G in thousands of images; 0 = ema_beta decides.</summary>
    public double EmaHalfLifeKimg { get; init; }

    /// <summary>Updates in a row of one network without a finite gradient that make a divergence; 0 = never.</summary>
    public int DivergedAfterSkipped { get; init; } = 50;

    /// <summary>Gradient norm, in multiples of penalty_target, beyond which a step counts as exploded.</summary>
    public double MaxGradientNorm { get; init; } = 1000;

    /// <summary>Exploded steps in a row that make a divergence; 0 = never.</summary>
    public int DivergedAfterExploded { get; init; } = 100;

    /// <summary>Steps in a row in which D scores reals and fakes alike that make a divergence; 0 = never.</summary>
    public int DivergedAfterCollapsed { get; init; } = 500;

    /// <summary>Start the optimizers afresh at both ends of each fade.</summary>
    public bool ResetOptimizers { get; init; } = true;

    /// <summary>At its end too; off: at its beginning alone.</summary>
    public bool ResetAfterFade { get; init; } = true;

    /// <summary>Flip images left to right with a chance of one half.</summary>
    public bool Mirror { get; init; }

    /// <summary>auto, on or off.</summary>
    public LabelMode Labels { get; init; } = LabelMode.Auto;

    /// <summary>What happens to images of another size: centre-crop, stretch or exact.</summary>
    public SizePolicy SizePolicy { get; init; } = SizePolicy.CentreCrop;

    /// <summary>Enlarge images that are smaller than the resolution; off: they are skipped.</summary>
    public bool AllowUpscale { get; init; }

    /// <summary>Colour behind transparent pixels, #RRGGBB.</summary>
    public string Background { get; init; } = Colour.White;

    /// <summary>Pipeline stages that read and decode.</summary>
    public int Readers { get; init; } = 1;

    /// <summary>Pipeline stages that make pyramids.</summary>
    public int Downsamplers { get; init; } = 1;

    /// <summary>Memory for decoded images in MiB, so that later epochs decode nothing; 0 = none. Not used while a store can be written.</summary>
    public int CacheMib { get; init; } = 512;

    /// <summary>auto (images are kept on disk at every resolution, beside the runs) or off.</summary>
    public StoreMode Store { get; init; } = StoreMode.Auto;

    /// <summary>Most MiB of a store; none is made of a dataset that takes more.</summary>
    public int StoreMaxMib { get; init; } = 32768;

    /// <summary>Ticks between two checkpoints; 0 = none by ticks. Phases and the end have theirs anyway.</summary>
    public int CheckpointEveryTicks { get; init; } = 1;

    /// <summary>Minutes between two checkpoints; 0 = none by time.</summary>
    public double CheckpointEveryMinutes { get; init; } = 15;

    /// <summary>Checkpoints to keep; 0 = all.</summary>
    public int KeepCheckpoints { get; init; } = 5;

    /// <summary>Keep the newest checkpoint of each resolution too.</summary>
    public bool KeepPerResolution { get; init; } = true;

    /// <summary>Metric by which the best checkpoint is kept too, as in RUN/metric-NAME.jsonl; null = the first of <see cref="Metrics"/>, if any.</summary>
    public string? KeepBest { get; init; }

    /// <summary>What is measured of each checkpoint beside the training: names with commas between, or none.</summary>
    public string Metrics { get; init; } = MetricList.None;

    /// <summary>Reals that are measured, at most, and as many fakes.</summary>
    public int MetricImages { get; init; } = 1000;

    /// <summary>Feature network of the metrics that need one: TorchScript, or of train-features; null = none.</summary>
    public string? Features { get; init; }

    /// <summary>Write histograms of the weights of G and D for TensorBoard with each checkpoint.</summary>
    public bool WeightHistograms { get; init; } = true;

    /// <summary>Draw the layers of G and D for TensorBoard.</summary>
    public bool NetworkGraph { get; init; } = true;

    /// <summary>Ticks between two sample grids; 0 = none.</summary>
    public int SnapshotEveryTicks { get; init; } = 1;

    /// <summary>Columns of the sample grid.</summary>
    public int SampleColumns { get; init; } = 8;

    /// <summary>Rows of the sample grid; a conditional network draws a class a row.</summary>
    public int SampleRows { get; init; } = 6;

    /// <summary>Seed of the sample grid's latents.</summary>
    public long SampleSeed { get; init; } = 1000;

    /// <summary>The model's part.</summary>
    /// <param name="labelSize">Components of a label; 0 = unconditional.</param>
    public TrainerOptions ToTrainerOptions(int labelSize) => new()
    {
        Architecture = new NetworkArchitecture
        {
            Resolution = Resolution,
            BaseWidth = Base.Width,
            BaseHeight = Base.Height,
            Channels = Channels,
            LatentSize = Latent,
            LabelSize = labelSize,
            FmapBase = FmapBase,
            FmapDecay = FmapDecay,
            FmapMax = FmapMax,
            FusedScale = FusedScale,
            StdDevGroup = StddevGroup,
            NormalizeLatents = NormalizeLatents,
            NormalizeLabels = NormalizeLabels,
            PixelNorm = PixelNorm,
            PixelNormEpsilon = PixelNormEpsilon,
            FeatureMapList = FeatureMaps,
            Conventions = Conventions,
            Layout = Layout,
            EqualizedLearningRate = EqualizedLearningRate,
            LeakyRelu = LeakyRelu,
            TanhOutput = TanhOutput,
            BatchNorm = BatchNorm,
            LayerNorm = LayerNorm,
            DiscriminationKernels = DiscriminationKernels,
        },
        Schedule = new GrowthScheduleOptions
        {
            Resolution = Resolution,
            InitialResolution = InitialResolution,
            InitialAlpha = InitialAlpha,
            TrainKimg = TrainKimg.Default,
            TrainKimgAt = TrainKimg.At,
            FadeKimg = FadeKimg.Default,
            FadeKimgAt = FadeKimg.At,
            TotalKimg = TotalKimg,
            MinibatchBase = Minibatch.Default,
            Minibatch = Minibatch.At,
            MaxMinibatchPerDevice = MaxMinibatchPerDevice,
            Devices = Devices,
            GeneratorLearningRate = GLearningRate.Default,
            GeneratorLearningRates = GLearningRate.At,
            DiscriminatorLearningRate = DLearningRate.Default,
            DiscriminatorLearningRates = DLearningRate.At,
            RampKimg = RampKimg,
            TickKimgBase = TickKimg.Default,
            TickKimg = TickKimg.At,
        },
        Seed = Seed,
        Device = Device,
        Precision = Precision,
        Loss = Loss,
        DiscriminatorNoise = DiscriminatorNoise,
        GdppWeight = GdppWeight,
        PenaltyWeight = PenaltyWeight,
        PenaltyTarget = PenaltyTarget,
        PenaltyScale = PenaltyScale,
        Drift = Drift,
        LabelWeight = LabelWeight,
        GeneratorLabelWeight = GLabelWeight,
        LabelLoss = LabelLoss,
        EvenLabels = EvenLabels,
        BalanceLabels = BalanceLabels,
        Beta1 = Beta1,
        Beta2 = Beta2,
        Epsilon = Epsilon,
        MinibatchRepeats = MinibatchRepeats,
        DiscriminatorRepeats = DiscriminatorRepeats,
        SimultaneousUpdate = SimultaneousUpdate,
        AverageAfter = AverageAfter,
        RestartAverage = RestartAverage,
        EmaBeta = EmaBeta,
        EmaHalfLifeKimg = EmaHalfLifeKimg,
        DivergedAfterSkipped = DivergedAfterSkipped,
        MaxGradientNorm = MaxGradientNorm,
        DivergedAfterExploded = DivergedAfterExploded,
        DivergedAfterCollapsed = DivergedAfterCollapsed,
        ResetOptimizers = ResetOptimizers,
        ResetAfterFade = ResetAfterFade,
        MicroBatch = MicroBatch,
    };

    /// <summary>Name of the results by which the best checkpoint is kept; null = none.</summary>
    public string? BestBy() => KeepBest ?? MetricList.Parse(Metrics).Select(metric => MetricPlan.ResultName(metric, Path.GetFileNameWithoutExtension(Features))).FirstOrDefault();

    /// <summary>The metrics' part.</summary>
    /// <param name="features">The feature network, or null.</param>
    public MetricPlan ToMetricPlan(FeatureExtractor? features) => new()
    {
        Metrics = MetricList.Parse(Metrics),
        Channels = Channels,
        Height = Base.HeightAt(Resolution),
        Width = Base.WidthAt(Resolution),
        Features = features,
    };

    /// <summary>The pipeline's part.</summary>
    public PipelineOptions ToPipelineOptions() => new()
    {
        Resolution = Resolution,
        Base = Base,
        Channels = Channels,
        Seed = Seed,
        Mirror = Mirror,
        Readers = Readers,
        Downsamplers = Downsamplers,
        SizePolicy = SizePolicy,
        AllowUpscale = AllowUpscale,
        CacheBytes = (long)CacheMib << 20,
        Decode = Decode(Background, Channels),
    };

    /// <summary>How files are decoded: alpha is kept for those who train on it.</summary>
    public static DecodeOptions Decode(string background, int channels) => new() { Background = Colour.Parse(background), KeepAlpha = channels == 4 };

    /// <summary>Checks what neither the model's nor the pipeline's validation sees.</summary>
    /// <exception cref="ArgumentException">A number is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(Devices >= 1, $"devices {Devices} must be at least 1");
        Require(CacheMib >= 0, $"cache_mib {CacheMib} must be at least 0");
        Require(StoreMaxMib >= 1, $"store_max_mib {StoreMaxMib} must be at least 1; store=off makes no store");
        Require(CheckpointEveryTicks >= 0, $"checkpoint_every_ticks {CheckpointEveryTicks} must be at least 0");
        Require(CheckpointEveryMinutes is >= 0 and <= 1e6, $"checkpoint_every_minutes {CheckpointEveryMinutes} must be from 0 to 1000000");
        Require(KeepCheckpoints >= 0, $"keep_checkpoints {KeepCheckpoints} must be at least 0");
        Require(KeepBest is null || (KeepBest.Length > 0 && KeepBest.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')),
            $"keep_best '{KeepBest}' is no name of a metric");
        Require(MetricImages is >= 4 and <= 1_000_000, $"metric_images {MetricImages} must be from 4 to 1000000");
        Require(SnapshotEveryTicks >= 0, $"snapshot_every_ticks {SnapshotEveryTicks} must be at least 0");
        Require(SampleColumns is >= 1 and <= 64, $"sample_columns {SampleColumns} must be from 1 to 64");
        Require(SampleRows is >= 1 and <= MostSampleRows, $"sample_rows {SampleRows} must be from 1 to {MostSampleRows}");
        Require(Name is null || (Name.Length is > 0 and <= 100 && Name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && !Name.Any(char.IsControl)),
            $"name '{DisplayName.Of(Name ?? "")}' is no name of a folder");
        ToPipelineOptions().Validate();
        Require(SampleRows * SampleRowPixels < MostSamplePixels,
            $"sample_columns {SampleColumns} x sample_rows {SampleRows} at {Base.WidthAt(Resolution)}x{Base.HeightAt(Resolution)} are {SampleRows * SampleRowPixels / 1e6:0.0} million pixels; "
            + $"they must stay below {MostSamplePixels / 1e6:0} million");
    }

    /// <summary>The same with a row of samples for each class, as far as the picture may grow.</summary>
    public RunOptions WithSampleRowPerClass(int classes) => this with
    {
        SampleRows = (int)Math.Clamp((MostSamplePixels - 1) / Math.Max(SampleRowPixels, 1), 1, Math.Min(classes, MostSampleRows)),
    };

    /// <summary>The last part of the run folder's name.</summary>
    public string RunName()
    {
        if (Name is not null)
            return Name;
        string data = Data == EmbeddedData ? Data : SyntheticData.Is(Data) ? SyntheticData.Name : Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Data)));
        string safe = new([.. data.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-').Take(60)]);
        return $"{safe}-{(Base.IsDefault ? Resolution.ToString(CultureInfo.InvariantCulture) : Base.At(Resolution))}";
    }

    /// <summary>The actors' part.</summary>
    public TrainingSetup ToTrainingSetup(
        Func<ProgressiveTrainer> factory, IImageSource source, string runDirectory, bool resume, IReadOnlySet<string> givenKeys) => new()
        {
            TrainerFactory = factory,
            Source = source,
            Pipeline = ToPipelineOptions(),
            RunDirectory = runDirectory,
            Device = Device,
            Resume = resume,
            GivenSettings = givenKeys,
            CheckpointEveryTicks = CheckpointEveryTicks,
            CheckpointEvery = TimeSpan.FromMinutes(CheckpointEveryMinutes),
            KeepCheckpoints = KeepCheckpoints,
            KeepOnePerResolution = KeepPerResolution,
            KeepBest = BestBy(),
            Evaluation = MetricList.Parse(Metrics) is { Count: > 0 } metrics
                ? new EvaluationSetup
                {
                    Metrics = metrics,
                    Images = MetricImages,
                    OpenFeatures = Features is { } features ? () => FeatureFiles.Open(features, TorchDevice.First(Device)) : null,
                    StatisticsFolder = MetricList.StatisticsFolder(runDirectory),
                }
                : null,
            WeightHistograms = WeightHistograms,
            SnapshotEveryTicks = SnapshotEveryTicks,
            SampleSeed = SampleSeed,
            Grid = (SampleColumns, SampleRows),
        };

    /// <summary>Not a whole number: nobody has looked yet whether the resolution is one.</summary>
    private double SampleRowPixels => (double)SampleColumns * Base.Width * Base.Height * Resolution * Resolution / 16;

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new ArgumentException(message);
    }
}
