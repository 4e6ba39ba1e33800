using Mono.Cecil;
using Mono.Cecil.Cil;
using TorchSharp;

namespace Pggan.Model.Tests;

/// <summary>A number must outlive the call that libtorch reads it in: see <see cref="Arithmetic"/>. A race can't be waited for, but its cause be looked for.</summary>
public sealed class ArithmeticTests
{
    /// <summary>These make numbers into objects inside TorchSharp, where nobody keeps them.</summary>
    private static readonly string[] Forbidden = ["op_Addition", "op_Subtraction", "op_Multiply", "op_Division", "op_Modulus", "softplus", "leaky_relu"];

    private static readonly Code[] Stores = [Code.Stloc, Code.Stloc_S, Code.Stloc_0, Code.Stloc_1, Code.Stloc_2, Code.Stloc_3, Code.Stfld, Code.Stsfld];

    [Fact]
    public void Every_number_that_libtorch_is_given_is_kept_until_the_call_is_over()
    {
        using AssemblyDefinition model = AssemblyDefinition.ReadAssembly(typeof(ProgressiveTrainer).Assembly.Location);
        List<(string Where, Instruction Call, MethodReference Called)> calls = [.. model.MainModule.GetTypes().SelectMany(type => type.Methods)
            .Where(method => method.HasBody)
            .SelectMany(method => method.Body.Instructions.Where(i => i.Operand is MethodReference called && called.DeclaringType.Scope.Name == "TorchSharp")
                .Select(i => (method.FullName, i, (MethodReference)i.Operand)))];

        Assert.Contains(calls, c => IsNumber(c.Called));
        Assert.Empty(calls.Where(c => IsNumber(c.Called) && !Stores.Contains(c.Call.Next.OpCode.Code)).Select(c => c.Where));
        Assert.Empty(calls.Where(c => Forbidden.Contains(c.Called.Name) && c.Called.Parameters.Any(p => p.ParameterType.IsPrimitive))
            .Select(c => $"{c.Where}: {c.Called.Name}"));

        static bool IsNumber(MethodReference called) => called.Name == "op_Implicit" && called.ReturnType.FullName == typeof(Scalar).FullName;
    }

    [Theory]
    [InlineData(-30.0)]
    [InlineData(0.0)]
    [InlineData(30.0)]
    public void Softplus_is_the_logarithm_of_one_and_the_exponential(double x)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double actual = torch.tensor([x]).Softplus().item<double>();
        Assert.Equal(Math.Log(1 + Math.Exp(x)), actual, 1e-12);
    }
}
