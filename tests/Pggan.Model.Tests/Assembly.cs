// Weights are drawn from torch's one generator, and live tensors are counted for the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
