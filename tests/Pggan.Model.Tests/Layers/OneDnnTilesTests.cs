using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class OneDnnTilesTests
{
    /// <summary>It ends the process where tiles are in use.</summary>
    [Fact]
    public void A_null_reference_is_an_exception_after_half_precision_too()
    {
        foreach (Precision precision in new[] { Precision.Bf16, Precision.Fp16 })
        {
            using var scope = NewDisposeScope();
            using var noGradients = no_grad();
            ScalarType type = Casts.TypeOf(precision);
            Tensor images = randn(16, 64, 16, 16).to(type), rows = randn(64, 512).to(type);
            _ = nn.functional.conv2d(images, randn(64, 64, 3, 3).to(type), padding: [1L, 1L]);
            _ = nn.functional.conv_transpose2d(images, randn(64, 64, 4, 4).to(type), strides: [2L, 2L], padding: [1L, 1L]);
            _ = nn.functional.linear(rows, randn(512, 512).to(type));
        }
        Assert.Throws<NullReferenceException>(() => { _ = LengthOf(null); });
        Exception? thrown = null;
        Thread other = new(() => thrown = Record.Exception(() => { _ = LengthOf(null); }));
        other.Start();
        other.Join();
        Assert.IsType<NullReferenceException>(thrown);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LengthOf(string? text) => text!.Length;
}
