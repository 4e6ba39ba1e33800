using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Pggan.Benchmarks;
using Pggan.Model;

// Prints one table. The official network above 16x16 takes minutes a step on a CPU, so it is left out there.
if (args is ["streams"])
    return await StreamLoad.RunAsync();
if (args is ["evaluation"])
    return await EvaluationLoad.RunAsync();
if (args is ["large"])
    return LargeSets.Run();
if (args is ["precision", ..])
    return Precisions.Run(args.Length > 1 ? args[1] : TorchDevice.Auto);
if (args is ["store"])
    return await StoreLoad.RunAsync();
Type[]? chosen = args switch
{
    ["step"] => [typeof(TrainingStepBenchmarks)],
    ["pyramid"] => [typeof(PyramidBenchmarks)],
    ["batches"] => [typeof(BatchDeliveryBenchmarks)],
    ["all"] or [] => [typeof(TrainingStepBenchmarks), typeof(PyramidBenchmarks), typeof(BatchDeliveryBenchmarks)],
    _ => null,
};
if (chosen is null)
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project tests/Pggan.Benchmarks -- [step|pyramid|batches|all|streams|evaluation|large|store|precision [DEVICE]]");
    return 2;
}
IConfig config = new BenchmarkConfig().AddFilter(new BenchmarkDotNet.Filters.SimpleFilter(
    benchmark => !benchmark.Parameters.Items.Any(p => p.Value is "8192/512") || benchmark.Parameters["Resolution"] is <= 16));
BenchmarkRunner.Run(chosen, config);
return 0;
