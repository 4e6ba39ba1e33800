using Akka.Actor;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

public sealed class FaultPolicyTests
{
    public static TheoryData<string, Exception, Directive, Directive, FailureKind> Table { get; } = new()
    {
        { "diverged", new TrainingDivergedException("NaN"), Directive.Restart, Directive.Restart, FailureKind.Diverged },
        { "dataset", new DatasetUnusableException("empty"), Directive.Stop, Directive.Escalate, FailureKind.DataUnusable },
        { "source", new IOException("disk"), Directive.Restart, Directive.Restart, FailureKind.Defect },
        { "device", new NativeFault("CUDA error: an illegal memory access"), Directive.Stop, Directive.Restart, FailureKind.DeviceLost },
        { "memory", new NativeFault("CUDA out of memory. Tried to allocate 2 GiB"), Directive.Stop, Directive.Restart, FailureKind.Configuration },
        { "host memory", new NativeFault("DefaultCPUAllocator: can't allocate memory"), Directive.Restart, Directive.Restart, FailureKind.Configuration },
        { "libtorch", new NativeFault("shapes cannot be multiplied"), Directive.Restart, Directive.Restart, FailureKind.Defect },
        { "argument", new ArgumentException("odd"), Directive.Restart, Directive.Restart, FailureKind.Defect },
        { "bug", new InvalidOperationException("bug"), Directive.Restart, Directive.Restart, FailureKind.Defect },
        { "checkpoint", new CheckpointDamagedException("torn"), Directive.Stop, Directive.Restart, FailureKind.Configuration },
        { "wrapped", new AggregateException(new TrainingDivergedException("NaN")), Directive.Restart, Directive.Restart, FailureKind.Diverged },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Table))]
    public void Each_fault_has_its_answer(string name, Exception fault, Directive forChild, Directive forStage, FailureKind kind)
    {
        Assert.NotEmpty(name);
        Assert.Equal(forChild, FaultPolicy.ForChild(fault));
        Assert.Equal(forStage, FaultPolicy.ForStage(fault));
        Assert.Equal(kind, FaultPolicy.KindOf(fault));
    }

    [Fact]
    public void A_reason_is_one_line_without_the_frames_of_libtorch()
    {
        const string Native = "mat1 and mat2 shapes cannot be multiplied (4x8 and 16x4)\nException raised from meta at /pytorch/LinearAlgebra.cpp:196 (most recent call first):\nframe #0: c10::Error";

        Assert.Equal("mat1 and mat2 shapes cannot be multiplied (4x8 and 16x4)", FaultPolicy.ReasonOf(new ActorInitializationException("no", new NativeFault(Native))));
        Assert.Equal("the dataset is gone; mount it again", FaultPolicy.ReasonOf(new AggregateException(new IOException("the dataset is gone;\nmount it again"))));
    }

    [Fact]
    public void Arguments_that_an_actor_cannot_be_built_from_are_the_users()
    {
        Assert.Equal(FailureKind.Configuration, FaultPolicy.KindOf(new ActorInitializationException("no", new ArgumentException("odd"))));
    }

    [Fact]
    public void An_actor_that_cannot_be_built_is_stopped_and_its_cause_counts()
    {
        var fault = new ActorInitializationException("no", new DatasetUnusableException("empty"));

        Assert.Equal(Directive.Stop, FaultPolicy.ForChild(fault));
        Assert.Equal(FailureKind.DataUnusable, FaultPolicy.KindOf(fault));
    }
}
