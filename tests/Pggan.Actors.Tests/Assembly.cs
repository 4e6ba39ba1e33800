// Each test is a training or two: side by side they would only slow each other down, and waits are timed.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
