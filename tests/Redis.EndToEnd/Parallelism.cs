// Each group has three agents, three servers and an etcd: more than one at a time would measure the machine.
[assembly: CollectionBehavior(MaxParallelThreads = 1)]
