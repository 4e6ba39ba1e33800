using System.Reflection;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

public sealed class LayeringTests
{
    [Theory]
    [InlineData(typeof(ProgressiveTrainer))]
    [InlineData(typeof(IImageSource))]
    public void Model_and_Pipeline_have_not_heard_of_actors_or_each_other(Type type)
    {
        AssemblyName[] references = type.Assembly.GetReferencedAssemblies();

        Assert.DoesNotContain(references, reference => reference.Name!.StartsWith("Akka", StringComparison.Ordinal));
        Assert.DoesNotContain(references, reference => reference.Name!.StartsWith("Pggan", StringComparison.Ordinal));
    }
}
