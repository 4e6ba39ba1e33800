// Each training takes all cores, so side by side they only wait for each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
