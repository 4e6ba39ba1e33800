using System.Security.Cryptography;

namespace Pggan.Pipeline.Tests;

public sealed class PipelineTests
{
    private static readonly PipelineOptions Options = new() { Resolution = 16, Channels = 3, Seed = 7, Mirror = true, ImagesInFlight = 16 };

    [Fact]
    public async Task Twenty_lines_without_actors_make_batches()
    {
        using var source = new SyntheticSource(100, 16, 3, 4, 1);
        using var context = new PipelineContext(source, Options, new BatchSelector(8, 4, 0), null);
        using var channels = new PipelineChannels(context);
        var batches = PipelineChannels.CreateBatchChannel(Options);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        IPipelineStage[] stages = [new ReaderStage(context, channels, 0), new DownsampleStage(context, channels, 0), new BatchStage(context, channels, batches.Writer)];
        var run = Task.WhenAll(stages.Select(stage => stage.RunAsync(stop.Token)));
        for (var i = 0; i < 10; i++)
        {
            using var batch = await batches.Reader.ReadAsync(stop.Token);
            Assert.Equal((4, 3, 8, 4, 4L * i, 4L * i + 4), (batch.Count, batch.Channels, batch.Resolution, batch.LabelSize, batch.FirstPosition, batch.NextPosition));
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        while (batches.Reader.TryRead(out var rest))
            rest.Dispose();
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(1, 1, 16, 4)]
    [InlineData(2, 2, 7, 2)]
    [InlineData(8, 4, 64, 8)]
    [InlineData(8, 3, 1, 1)]
    public async Task A_thousand_batches_are_the_same_for_any_number_of_workers(int readers, int downsamplers, int images, int batches)
    {
        using var source = new SyntheticSource(257, 16, 3, 4, 1);
        var options = Options with { Readers = readers, Downsamplers = downsamplers, ImagesInFlight = images, BatchesInFlight = batches };
        Assert.Equal((await Expected.ImagesAsync(source, options, 8, 0, 4000)).Hash, await HashAsync(source, options, 8, 4, 1000));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task A_cache_of_any_size_changes_no_batch(long cacheBytes)
    {
        using var source = new SyntheticSource(50, 16, 3, 4, 1);
        using var counting = new FaultySource(source);
        var options = Options with { CacheBytes = cacheBytes, Readers = 2 };
        Assert.Equal((await Expected.ImagesAsync(source, options, 16, 0, 400)).Hash, await HashAsync(counting, options, 16, 8, 50));
        Assert.InRange(counting.Reads, 250, 500);
    }

    [Fact]
    public async Task From_the_second_epoch_nothing_is_decoded_while_it_fits()
    {
        using var source = new FaultySource(new SyntheticSource(50, 16, 3, 0, 1));
        await HashAsync(source, Options with { ImagesInFlight = 4 }, 4, 10, 100);
        Assert.InRange(source.Reads, 50, 60);
    }

    [Fact]
    public async Task Bad_images_are_skipped_counted_and_listed_once_and_later_ones_move_up()
    {
        using var source = new SyntheticSource(40, 16, 3, 4, 1);
        using var faulty = new FaultySource(source, (index, _) => index % 7 == 3 ? new BadImageException($"reason {index}") : null);
        var reported = new List<SkippedImage>();
        using var context = new PipelineContext(faulty, Options with { Readers = 4 }, new BatchSelector(16, 8, 0), image => { lock (reported) reported.Add(image); });
        await using (var pipeline = new RunningPipeline(context))
        {
            var expected = await Expected.ImagesAsync(source, Options, 16, 0, 240, index => index % 7 == 3);
            Assert.Equal(expected.Hash, await HashAsync(pipeline, 30));
            Assert.Equal(0, pipeline.Restarts);
        }

        Assert.Equal([3, 10, 17, 24, 31, 38], context.Skipped.List().Select(image => image.Index));
        Assert.Equal(6, reported.Count);
        Assert.Contains(new SkippedImage(3, "synthetic-3", "reason 3"), reported);
        Assert.All(reported, image => Assert.InRange(faulty.ReadsOf(image.Index), 1, 4));
        Assert.Equal(6, context.Meter.Snapshot().SkippedImages);
    }

    [Fact]
    public async Task A_dataset_without_a_good_image_is_an_error_and_not_a_loop()
    {
        using var faulty = new FaultySource(new SyntheticSource(10, 16, 3, 0, 1), (_, _) => new BadImageException("broken"));
        using var context = new PipelineContext(faulty, Options, new BatchSelector(16, 4, 0), null);
        await using var pipeline = new RunningPipeline(context);
        var error = await Assert.ThrowsAnyAsync<Exception>(pipeline.NextAsync);
        var reason = Assert.IsType<DatasetUnusableException>(error as DatasetUnusableException ?? error.InnerException);
        Assert.Contains("broken", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_images_than_a_minibatch_are_an_error_at_once()
    {
        using var source = new SyntheticSource(10, 16, 3, 0, 1);
        var error = Assert.Throws<DatasetUnusableException>(() => new PipelineContext(source, Options, new BatchSelector(16, 16, 0), null));
        Assert.Contains("fewer than a minibatch of 16", error.Message, StringComparison.Ordinal);
        using var empty = new SyntheticSource(0, 16, 3, 0, 1);
        Assert.Throws<DatasetUnusableException>(() => new PipelineContext(empty, Options, new BatchSelector(16, 1, 0), null));
    }

    [Fact]
    public async Task A_slow_consumer_bounds_what_is_read()
    {
        using var source = new FaultySource(new SyntheticSource(1000, 16, 3, 0, 1));
        var options = Options with { Readers = 4, ImagesInFlight = 10, BatchesInFlight = 2 };
        using var context = new PipelineContext(source, options, new BatchSelector(16, 5, 0), null);
        await using var pipeline = new RunningPipeline(context);
        using var first = await pipeline.NextAsync();

        // Two finished batches wait, a third is in hand, and ten images may be open besides.
        const long Most = 5 + 2 * 5 + 5 + 10;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (pipeline.Channels.Ledger.HighWater < Most)
            await Task.Delay(5, deadline.Token);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(Most, pipeline.Channels.Ledger.HighWater);
        Assert.InRange(source.Reads, 0, (int)Most);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(17)]
    public async Task Cancelling_leaves_no_undisposed_buffer(int batches)
    {
        var before = LiveBuffers.Count;
        for (var i = 0; i < 10; i++)
        {
            using var source = new SyntheticSource(100, 64, 3, 4, 1);
            using var context = new PipelineContext(source, Options with { Readers = 3, Downsamplers = 2 }, new BatchSelector(16, 5, 0), null);
            await using var pipeline = new RunningPipeline(context);
            for (var n = 0; n < batches; n++)
                (await pipeline.NextAsync()).Dispose();
        }

        Assert.Equal(before, LiveBuffers.Count);
    }

    [Fact]
    public async Task A_crashing_reader_loses_nothing()
    {
        var before = LiveBuffers.Count;
        using var source = new SyntheticSource(100, 16, 3, 4, 1);
        using var faulty = new FaultySource(source, (index, attempt) => index % 5 == 0 && attempt <= 2 ? new InvalidOperationException("a bug") : null);
        using (var context = new PipelineContext(faulty, Options with { Readers = 3 }, new BatchSelector(16, 8, 0), null))
        await using (var pipeline = new RunningPipeline(context))
        {
            Assert.Equal((await Expected.ImagesAsync(source, Options, 16, 0, 400)).Hash, await HashAsync(pipeline, 50));
            Assert.True(pipeline.Restarts >= 20);
            Assert.Equal(0, context.Skipped.Count);
        }

        Assert.Equal(before, LiveBuffers.Count);
    }

    [Fact]
    public async Task A_source_that_goes_away_is_read_again_and_quarantines_nothing()
    {
        using var source = new SyntheticSource(100, 16, 3, 4, 1);
        var reads = 0;
        using var faulty = new FaultySource(source, (_, _) => Interlocked.Increment(ref reads) is > 50 and <= 110 ? new IOException("gone") : null);
        using var context = new PipelineContext(faulty, Options, new BatchSelector(16, 8, 0), null);
        await using var pipeline = new RunningPipeline(context);
        Assert.Equal((await Expected.ImagesAsync(source, Options, 16, 0, 400)).Hash, await HashAsync(pipeline, 50));
        Assert.Equal(0, context.Skipped.Count);
    }

    [Fact]
    public async Task One_image_that_can_never_be_read_is_given_up_while_others_can()
    {
        using var source = new SyntheticSource(100, 16, 3, 4, 1);
        using var faulty = new FaultySource(source, (index, attempt) => index == 42 ? new IOException("bad sector") : null);
        using var context = new PipelineContext(faulty, Options with { Readers = 2, CacheBytes = 0 }, new BatchSelector(16, 9, 0), null);
        await using var pipeline = new RunningPipeline(context);
        for (var n = 0; n < 33; n++) // three epochs of 99 good images
            (await pipeline.NextAsync()).Dispose();
        var skipped = Assert.Single(context.Skipped.List());
        Assert.Equal((42, "cannot be read: bad sector"), (skipped.Index, skipped.Reason));

        // Each try reads once more after another image could be read.
        Assert.Equal(2 * ReadLedger.CrashLimit, faulty.ReadsOf(42));
    }

    [Fact]
    public async Task Neighbours_that_are_gone_together_are_given_up_at_once_while_others_can_be_read()
    {
        using var source = new SyntheticSource(100, 16, 3, 4, 1);
        using var faulty = new FaultySource(source, (index, _) => index is >= 20 and < 60 ? new FileNotFoundException("no such file") : null);
        using var context = new PipelineContext(faulty, Options with { Readers = 2 }, new BatchSelector(16, 8, 0), null);
        await using var pipeline = new RunningPipeline(context);
        Assert.Equal((await Expected.ImagesAsync(source, Options, 16, 0, 400, index => index is >= 20 and < 60)).Hash, await HashAsync(pipeline, 50));
        Assert.Equal(Enumerable.Range(20, 40), context.Skipped.List().Select(image => image.Index));
        Assert.Equal(0, pipeline.Restarts);
    }

    [Fact]
    public async Task An_image_that_can_be_read_at_the_second_try_is_not_given_up()
    {
        using var source = new SyntheticSource(100, 16, 3, 4, 1);
        using var faulty = new FaultySource(source, (index, attempt) => index % 7 == 0 && attempt < 2 ? new IOException("a hiccup") : null);
        using var context = new PipelineContext(faulty, Options, new BatchSelector(16, 8, 0), null);
        await using var pipeline = new RunningPipeline(context);
        Assert.Equal((await Expected.ImagesAsync(source, Options, 16, 0, 400)).Hash, await HashAsync(pipeline, 50));
        Assert.Equal(0, context.Skipped.Count);
    }

    [Fact]
    public async Task A_crashing_batch_stage_loses_and_repeats_nothing()
    {
        var before = LiveBuffers.Count;
        using var source = new SyntheticSource(100, 16, 3, 4, 1);
        using var faulty = new FaultySource(source, label: (index, attempt) => index % 9 == 0 && attempt <= 2 ? new InvalidOperationException("a bug") : null);
        using (var context = new PipelineContext(faulty, Options with { Readers = 3 }, new BatchSelector(16, 8, 0), null))
        await using (var pipeline = new RunningPipeline(context))
        {
            Assert.Equal((await Expected.ImagesAsync(source, Options, 16, 0, 400)).Hash, await HashAsync(pipeline, 50));
            Assert.True(pipeline.Restarts >= 12);
            Assert.Equal(0, context.Skipped.Count);
        }

        Assert.Equal(before, LiveBuffers.Count);
    }

    [Fact]
    public async Task A_crashing_downsampler_loses_nothing()
    {
        using var source = new SyntheticSource(100, 16, 3, 4, 1);
        using var context = new PipelineContext(source, Options, new BatchSelector(16, 8, 0), null);
        using var channels = new PipelineChannels(context);

        // A buffer that is gone makes the stage fail on the first position.
        var broken = PixelBuffer.Rent(16, 16, 3);
        broken.Ticket = await channels.Ledger.TakeAsync(TestContext.Current.CancellationToken);
        broken.Dispose();
        await channels.Pixels.Writer.WriteAsync(broken, TestContext.Current.CancellationToken);
        var downsampler = new DownsampleStage(context, channels, 0);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => downsampler.RunAsync(TestContext.Current.CancellationToken));
        Assert.Equal(broken.Ticket, await channels.Ledger.TakeAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_image_on_which_stages_crash_three_times_is_given_up()
    {
        using var source = new SyntheticSource(100, 16, 3, 4, 1);
        using var faulty = new FaultySource(
            source,
            read: (index, _) => index == 11 ? new InvalidOperationException("a reader's bug") : null,
            label: (index, _) => index == 22 ? new InvalidOperationException("a batcher's bug") : null);
        using var context = new PipelineContext(faulty, Options, new BatchSelector(16, 8, 0), null);
        await using var pipeline = new RunningPipeline(context);
        Assert.Equal((await Expected.ImagesAsync(source, Options, 16, 0, 400, index => index is 11 or 22)).Hash, await HashAsync(pipeline, 50));
        Assert.Equal([11, 22], context.Skipped.List().Select(image => image.Index));
        Assert.Contains("a reader's bug", context.Skipped.List()[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_change_of_the_request_at_any_time_loses_and_repeats_nothing(int seed)
    {
        var random = new Random(seed);
        using var source = new SyntheticSource(90, 16, 3, 4, 1);
        var options = Options with { Readers = 3, Downsamplers = 2, BatchesInFlight = 3 };
        var selector = new BatchSelector(4, 6, 0);
        using var context = new PipelineContext(source, options, selector, null);
        await using var pipeline = new RunningPipeline(context);
        using var actual = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (trained, computed) = (0L, 0L);
        for (var change = 0; change < 60; change++)
        {
            var request = selector.Current;
            for (var n = random.Next(4); n > 0; n--)
            {
                using var batch = await pipeline.NextFreshAsync();
                Assert.Equal((request.Resolution, request.Count, trained), (batch.Resolution, batch.Count, batch.FirstPosition));
                Expected.Append(actual, batch);
                trained = batch.NextPosition;
                computed = await Expected.AppendAsync(expected, source, options, batch.Resolution, computed, batch.Count);
            }

            selector.Want(4 << random.Next(3), random.Next(1, 20), trained);
            if (random.Next(2) == 0)
                await Task.Delay(random.Next(3), TestContext.Current.CancellationToken);
        }

        Assert.Equal(computed, trained);
        Assert.Equal(Convert.ToHexString(expected.GetHashAndReset()), Convert.ToHexString(actual.GetHashAndReset()));
    }

    [Fact]
    public async Task A_restart_of_the_whole_pipeline_at_any_time_loses_and_repeats_nothing()
    {
        var before = LiveBuffers.Count;
        using var source = new SyntheticSource(90, 16, 3, 4, 1);
        using (var context = new PipelineContext(source, Options with { Readers = 2 }, new BatchSelector(8, 5, 0), null))
        {
            var batches = PipelineChannels.CreateBatchChannel(Options);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var restart = 0; restart < 20; restart++)
            {
                await using var pipeline = new RunningPipeline(context, batches);

                // Another set of channels takes over while the old stages still run.
                await using var successor = new RunningPipeline(context, batches);
                for (var n = 0; n < 5; n++)
                {
                    using var batch = await successor.NextAsync();
                    Expected.Append(hash, batch);
                }
            }

            Assert.Equal((await Expected.ImagesAsync(source, Options, 8, 0, 500)).Hash, Convert.ToHexStringLower(hash.GetHashAndReset()));
            while (batches.Reader.TryRead(out var rest))
                rest.Dispose();
        }

        Assert.Equal(before, LiveBuffers.Count);
    }

    [Fact]
    public async Task A_run_resumed_at_a_position_gets_what_the_first_would_have_got()
    {
        using var source = new SyntheticSource(90, 16, 3, 4, 1);
        using var context = new PipelineContext(source, Options, new BatchSelector(8, 5, 1234), null);
        await using var pipeline = new RunningPipeline(context);
        Assert.Equal((await Expected.ImagesAsync(source, Options, 8, 1234, 200)).Hash, await HashAsync(pipeline, 40));
    }

    [Fact]
    public async Task Mirroring_flips_some_images_and_only_left_to_right()
    {
        using var source = new SyntheticSource(90, 16, 3, 4, 1);
        var plain = await HashAsync(source, Options with { Mirror = false }, 16, 10, 9);
        var mirrored = await HashAsync(source, Options, 16, 10, 9);
        Assert.NotEqual(plain, mirrored);
        Assert.Equal(mirrored, await HashAsync(source, Options with { Readers = 4 }, 16, 10, 9));
    }

    [Fact]
    public async Task A_wanted_resolution_above_the_images_fails_the_batch_stage_and_blames_no_image()
    {
        using var source = new SyntheticSource(90, 16, 3, 4, 1);
        using var context = new PipelineContext(source, Options, new BatchSelector(32, 5, 0), null);
        using var channels = new PipelineChannels(context);
        var stage = new BatchStage(context, channels, PipelineChannels.CreateBatchChannel(Options).Writer);
        await Assert.ThrowsAsync<InvalidOperationException>(() => stage.RunAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, context.Skipped.Count);
    }

    [Fact]
    public async Task The_meter_counts_every_stage()
    {
        using var source = new SyntheticSource(90, 16, 3, 4, 1);
        using var context = new PipelineContext(source, Options with { CacheBytes = 0 }, new BatchSelector(16, 5, 0), null);
        await using (var pipeline = new RunningPipeline(context))
            await HashAsync(pipeline, 20);
        var stages = context.Meter.Snapshot().Stages;
        Assert.Equal(["batcher", "downsampler-0", "reader-0"], stages.Select(stage => stage.Name));
        Assert.True(stages[0].Items >= 20);
        Assert.True(stages[1].Items >= 100);
        Assert.All(stages, stage => Assert.True(stage.BusySeconds >= 0 && stage.WaitingSeconds >= 0 && stage.BlockedSeconds >= 0));
    }

    private static async Task<string> HashAsync(IImageSource source, PipelineOptions options, int resolution, int count, int batches)
    {
        using var context = new PipelineContext(source, options, new BatchSelector(resolution, count, 0), null);
        await using var pipeline = new RunningPipeline(context);
        return await HashAsync(pipeline, batches);
    }

    private static async Task<string> HashAsync(RunningPipeline pipeline, int batches)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var position = 0L;
        for (var i = 0; i < batches; i++)
        {
            using var batch = await pipeline.NextAsync();
            if (i > 0)
                Assert.Equal(position, batch.FirstPosition);
            position = batch.NextPosition;
            Expected.Append(hash, batch);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
