// Each group has three agents, three servers and an etcd: more than two at a time would measure the machine.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
