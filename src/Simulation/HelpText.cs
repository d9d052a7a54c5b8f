namespace Holdfast.Simulation;

/// <summary>What <c>--help</c> prints.</summary>
internal static class HelpText
{
    public const string Text = """
        holdfast-sim - run Holdfast's own rules and agents on simulated time, and check that no promise is broken

        USAGE
          holdfast-sim [--sites 1|2|mixed] [--minutes N] [--seed S] [--runs N] [--jobs N] [--all] [--json] [--folder DIR]
          holdfast-sim --seed S [--sites 1|2|mixed] --trace
          holdfast-sim --scenario FILE
          holdfast-sim --exhaustive
          holdfast-sim --planted [--sites 1|2|mixed] [--seed S] [--jobs N]

        WHAT IT DOES
          Each run is one group of two to four members of one site, or two sites (see below). The agents are the real ones. Their clock, network,
          disks, coordination and servers are simulated, on one thread, and all that is random comes from one seed: the same seed gives the same run,
          line by line. For
          eight or sixteen simulated seconds things go wrong: servers and hosts crash, hosts freeze, the network is cut (both ways, one way, in
          part), links are slow and lossy, heartbeats come twice and late, wall clocks jump, disks are slow or full, coordination loses its leader
          or its majority, agents are killed between any two steps, operators ask for moves and pauses. At every step the oath is checked:

            1  at most one member acknowledges commits, per epoch and across epochs
            2  every acknowledged commit is on every later primary, or salvaged where loss is allowed, and no more than is allowed
            3  epochs only rise, and no promise is broken
            4  nothing is promoted or followed that belongs to another history
            5  when the faults stop, the group is healthy again in bounded time
            6  what was done is not decided again
            7  in pause nothing is promoted, demoted or restarted

          Each third run is of two sites of up to three members each and a witness, over one stretched cluster of coordination or with a cluster for
          each site besides; what isolation and site-failover are is drawn too. Then also: sites are lost and come back, or do not; the link, the
          witness, a site are cut off; agents are killed between any two steps of a move; operators move the store, with and without accepting
          loss, and say that a site was stopped. Beyond the oath above: only one site acknowledges, unless an operator has stated that the other
          was stopped; a planned move loses nothing; what a failover loses is no more than was said, and is salvaged before it is overwritten;
          and where a site is not back, the status names the decision that it waits for, and that decision makes the other site healthy.

        OPTIONS
          --sites KIND     1: runs of one site; 2: of two; mixed: each third seed has two (default)
          --minutes N      how long to look (default 1; fractions are allowed)
          --runs N         at most so many runs
          --seed S         the first seed (default: at random; it is printed)
          --jobs N         how many runs at a time (default: one for each processor)
          --all            go on after a run that fails; each is printed, none is made smaller
          --json           the summary as one line of JSON
          --folder DIR     where a failing scenario is written (default: here)
          --trace          one run, that of --seed, with everything that happens in it
          --scenario FILE  replay a scenario file, with everything that happens in it
          --exhaustive     explore small groups completely, breadth first, and print the number of states
          --planted        put each of the planted defects in, one after the other, and look how fast it is found (a minute each at most)
          --defect NAME    with any of the others: run with that planted defect
          --help           this text

        WHEN A RUN FAILS
          It is made smaller (fewer faults, better weather) and written to DIR/seed-S.txt, which --scenario replays. A scenario file has one thing
          a line; '#' begins a comment. Times are milliseconds:

            members 3                    how many
            store zero-loss              or lossy
            host-rpo 1200                how much a lossy store may lose with a host (5000 where it is not said)
            acks 1                       standbys that must have flushed a commit
            unprotected allow            or stall
            begins healthy               or unborn: before the group's birth
            noise 17                     seed of everything that is random besides the faults
            calm-from 8000               nothing goes wrong from here on
            weather 0.03 0.02 0.02 0     probabilities: calls done late, answers lost, news late, freezes while a lease is renewed
            at 1200 kill-server primary  primary: whoever the record names then
            at 1500 cut a with b,etcd for 800
            at 2000 kill-at-step b by 3  b's agent, before its third decision from then on

          With two sites (fra: a, b …, active at first; ber: x, y …; the witness is muc), 'primary' is that of the active site, 'leader' the
          standby leader of the passive one, and 'active' and 'passive' name sites:

            second-site 2                how many members it has; this makes it a scenario of two sites
            coordination stretched       or separate: each site has a cluster for its own group
            isolation fence              or continue
            site-failover automatic      or manual
            rpo 5000                     what may be lost with a site
            hooks none                   or before, after, before,after: programs that are run for a move
            clocks near                  or apart: by minutes and an hour
            at 3000 lose-site active for 4000       without 'for': it is not back within the run
            at 3000 site-failover passive with accept-data-loss,fenced for 2000
            at 3000 kill-at-duty with MOVE.take by 4   whoever decides that, 4 ms after it; without 'by': before it is carried out

          Faults: kill-server, kill-agent, kill-at-step, restart-agent, crash-host, freeze, cut, mute, slow, lossy, doubled, stall-stream,
          slow-disk, full-disk, clock, etcd-down, etcd-leader, compact, switchover, failover, pause; with two sites also lose-site, cut-link,
          mute-link, cut-witness, isolate, kill-at-duty, late-at-duty, site-switchover, site-failover (with accept-data-loss, fenced, lie), site-failback,
          accept-loss.

        EXIT STATUS
          0 the oath held; 1 it was violated (with --planted: a defect was not found); 2 wrong use

        """;
}
