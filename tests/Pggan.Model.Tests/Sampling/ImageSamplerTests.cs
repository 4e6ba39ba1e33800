namespace Pggan.Model.Tests;

public sealed class ImageSamplerTests
{
    [Fact]
    public void An_image_does_not_depend_on_how_many_are_drawn_with_it()
    {
        using ProgressiveTrainer trainer = new(new TrainerOptions
        {
            Architecture = new NetworkArchitecture { Resolution = 8, FmapBase = 32, FmapMax = 8 },
            Schedule = new GrowthScheduleOptions { Resolution = 8 },
        }, null);
        using ImageSampler sampler = new(trainer.CaptureGenerator(), "cpu");
        HostTensor latents = ImageSampler.Latents(40, 8, 5);
        HostTensor all = sampler.Render(latents, null, GrowthStage.Grown(8));
        Assert.Equal([40, 3, 8, 8], all.Shape);
        HostTensor last = sampler.Render(new HostTensor([1, 8], latents.Data[^8..]), null, GrowthStage.Grown(8));
        Assert.Equal(all.Data[^192..], last.Data, new FloatComparer());
    }

    [Fact]
    public void Floats_become_bytes_as_the_reference_rounds_them() =>
        Assert.Equal([0, 0, 128, 255, 255], ImageSampler.ToBytes([-2, -1, 0, 1, 3]));

    [Fact]
    public void A_conditional_network_demands_labels()
    {
        using ProgressiveTrainer trainer = new(new TrainerOptions
        {
            Architecture = new NetworkArchitecture { Resolution = 4, FmapBase = 32, FmapMax = 8, LabelSize = 2 },
            Schedule = new GrowthScheduleOptions { Resolution = 4 },
        }, new LabelTable(1, 2, (_, label) => label.Clear()));
        using ImageSampler sampler = new(trainer.CaptureGenerator(), "cpu");
        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => sampler.Render(ImageSampler.Latents(1, 8, 5), null, GrowthStage.Grown(4)));
        Assert.Contains("name a class", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_grid_places_images_row_by_row_and_repeats_their_pixels()
    {
        // Three grey images of one pixel in two columns, cells of two pixels.
        byte[] raster = ImageGrid.Compose([10, 20, 30], channels: 1, width: 1, height: 1, columns: 2, factor: 2);
        Assert.Equal([10, 10, 20, 20, 10, 10, 20, 20, 30, 30, 0, 0, 30, 30, 0, 0], raster);

        // Two images of 1x2 pixels, side by side.
        Assert.Equal([1, 3, 2, 4], ImageGrid.Compose([1, 2, 3, 4], channels: 1, width: 1, height: 2, columns: 2));
        Assert.Throws<ArgumentException>(() => ImageGrid.Compose(new byte[13], channels: 3, width: 2, height: 2, columns: 1));
    }

    private sealed class FloatComparer : IEqualityComparer<float>
    {
        public bool Equals(float x, float y) => Math.Abs(x - y) < 1e-5f;

        public int GetHashCode(float value) => 0;
    }
}
