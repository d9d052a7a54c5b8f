namespace Holdfast.Lab;

/// <summary>What <c>--help</c> prints.</summary>
internal static class HelpText
{
    public const string Text = """
        lab - run a whole system on real hosts, break it at random, and prove that what clients were told is true

        USAGE
          ./lab [--minutes N] [--faults N] [--seed S] [--only KIND[,KIND]] [--store NAME] [--json FILE] [FILE]
          ./lab --plan [--faults N] [--seed S] [--only KIND[,KIND]] [FILE]

        WHAT IT DOES
          Builds the system that FILE, a holdfast.yaml, describes: a network namespace for each host, links between the sites, real etcd, real
          PostgreSQL and the real agents. Clients write and read all the time. Then things go wrong, one after the other and sometimes two at once,
          drawn at random from the seed. After each, all is put right again, and the system must become healthy by itself. At the end a checker
          goes through everything the clients were told.

          What FILE says of real machines is replaced: addresses, data directories, certificates, secrets, hooks, archive, who may log in, and sizes
          of memory and log. Each member has a host of its own. An etcd server shares the host of the one member at its address; otherwise it is
          alone on a host, and the sites take turns. Everything else is used as it is written. Without FILE: examples/lab.yaml, two sites with three
          and two members, and a witness.

        CLIENTS
          Three writers look for the primary as an application does. They insert rows with unique ids, and append entries to two or three of
          sixteen lists in one transaction. One writer tries at each member all the time, so that a second primary would be seen that nobody looks
          for. Two readers read at the primary, and one at each member. Another writer and another reader go through 'holdfast gate', which stands
          beside the clients and reaches whom they reach. A write is acknowledged, failed, or indeterminate: sent and without an answer for a second.

        WHAT IS PROVED
          Each acknowledged write is there, whole, and where its transaction put it; or it was acknowledged by a site that was given up, or alone
          where the file allows that, and 'holdfast loss' names it. No refused write is there. A write without an answer is there as a whole or not
          at all. No two members acknowledged during the same time. Reads at primaries never show less than was acknowledged, or read, before;
          what was read does not vanish, also where its writer had no answer. A primary that has been replaced answers reads no longer than
          'stale-read-limit' (a gate: 'cut-off' and three seconds) allows. Entries are neither twice there nor in another order. All members are
          the same at the end.

        OPTIONS
          --minutes N   how long things go wrong (default 5; fractions are allowed); what comes before and after is not counted
          --faults N    at most so many faults; without --minutes, exactly so many
          --seed S      of the plan (default: at random; it is printed)
          --only LIST   only these kinds of fault; the second of two at once may still be another
          --store NAME  which store, where the file has several
          --plan        print what would be done, by number, and do nothing: 50 faults, or as --faults says
          --planted     plant a defect: sessions of the clients set synchronous_commit = local, so that a primary acknowledges what no standby
                        has. A run that cuts off or crashes primaries must then fail; so it is seen that it can
          --json FILE   write the report to FILE as well
          --help        this text

        KINDS OF FAULT
          of a host       process-crash, agent-crash, agent-restart, host-crash, host-freeze, server-freeze, agent-freeze, full-disk
          of the network  host-cut (both ways), host-mute (nothing it sends arrives), host-deaf (nothing arrives at it), pair-cut, pair-cut-one-way,
                          slow-host, lossy-host
          of etcd         etcd-crash, etcd-leader-crash, etcd-majority-loss
          of two sites    link-cut, link-cut-one-way, site-cut, slow-link, lossy-link, site-loss
          operators       switchover, site-switchover, site-failback
          'double' in the report are two at once, the second up to 1.5 s after the first. Not done, and said so, is what this kernel cannot do.

        OUTPUT
          A line per fault: when, what, whom it struck; the longest time in which no writer that looks for the primary was acknowledged; how many
          acknowledged writes are gone, and how many of them a loss report names; how long after all was right again the system was healthy. Then a
          line per kind, and the totals.

        WHEN A RUN FAILS
          The first violation ends the run. The logs of all agents, servers and etcd, the faults with their times, everything the clients saw, what
          the system said of itself, the seed and the command that repeats it are kept in a folder, whose path is printed. The plan repeats exactly;
          what real processes do between its moments does not, so a failure may need several runs to come again.

        NEEDS
          The .NET SDK; PostgreSQL, etcd, iproute2 and nftables, which are installed when this is run as root; and root, or a system that lets
          users make network namespaces. About 300 MB of memory for each member.

        EXIT STATUS
          0 nothing was violated; 1 something was, or the system did not become healthy; 2 wrong use; 3 it cannot be run here; 130 interrupted

        """;
}
