// The counter of live buffers is one for the process, so tests that prove it returns to its start must run alone.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
