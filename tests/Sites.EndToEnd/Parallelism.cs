// Each cluster has agents, servers and three etcds: more than one at a time would measure the machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
