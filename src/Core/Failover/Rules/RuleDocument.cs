using System.Collections.Immutable;
using System.Text;
using Holdfast.Core.Sites;

namespace Holdfast.Core.Failover.Rules;

/// <summary>Writes <c>docs/failover-rules.md</c> from the tables, so that document and program cannot differ.</summary>
public static class RuleDocument
{
    private const string QuorumMeaning =
        "S are the standbys that may acknowledge a commit (the *candidates*), " +
        "k is how many of them must have flushed it first. `1 of {b,c}` is k = 1, S = {b,c}.";

    private const string LineageMeaning =
        "which timeline each epoch's primary began, and at which LSN it left the one before. " +
        "A fork is *open* until its primary has promoted.";

    private const string Introduction =
        $$"""
        # The failover rules

        Generated from `FailoverRules.Table` (`src/Core/Failover/FailoverRules.cs`) and `SiteDuties.Table` (`src/Core/Sites/SiteDuties.cs`);
        do not edit. A test compares; to write it anew: `HOLDFAST_WRITE=1 ./test --only core`.

        **How to read it.** Every agent looks at its own server, its peers and the group's record in coordination, some times a second and
        whenever something happens. It asks these rules from the top, and *the first whose condition holds decides*; nothing else does. A rule
        decides one step. What comes next is decided on what is seen afterwards, so a crash between two steps is harmless. The rule's id and
        the reason are what is logged, kept in the history and shown by `holdfast status`. When no rule holds, the member is steady
        (`PRIMARY.steady`, `STANDBY.steady`, `PASSIVE.steady`, or `PAUSE.hold` while the group is paused).

        **Words.**

        - **Record**: the one key of a group in coordination, changed only by compare-and-swap: epoch, primary, S, k, lineage.
        - **S, k**: {{QuorumMeaning}}
        - **Epoch**: rises with every change of primary; also the fencing token.
        - **Promise**: a member's word for the next epoch: it has stopped receiving, here is how far it has flushed, and it will not attach to
          the old primary again while the promise stands.
        - **Election quorum**: |S| − k + 1 promises. When so many candidates have stopped, fewer than k are left to acknowledge, and at least one
          of them has every acknowledged commit. That is why no clock is needed.
        - **Lineage**: {{LineageMeaning}}
        - **Gate**: open when ordinary clients may connect.
        - **Zero-loss, unprotected, lease**: commits are on k candidates; a zero-loss store with one copy left (`unprotected: allow`); a store
          that may lose data by its objective. Only the last two need the lease.

        **Two sites.** A store on two sites has a group at each; one is active, the other passive.

        - **Site record**: the one key of a store in the global scope: site epoch, active site, and whether a move is on its way.
        - **Passive group**: it acknowledges nothing. Its record bears the epoch and lineage of the active site; its *primary* is the standby
          leader, which streams from the active site's primary, and the others stream from it.
        - **Site epoch**: rises with every change of the active site. Each has a range of a million epochs of its own, so no number is given twice.
        - **Site lease** (`isolation: fence`): a key in the global scope. Who writes holds it, and stops before it can end.
        - **Card**: what each site's leader tells the other site through the global scope: epoch, leader, lineage, and how far it is.
        - **Move**: a switchover, failover or failback of a site, as a list of steps in the global scope. Until its step *take* it can be given up.

        R0 to R10 in the ids are the rules of the design: birth, overlap, promise, election, the primary's duty, coordination lost, lease,
        suspicion, rejoin, switchover, restart in place. ID refuses what is not ours, JOB waits for long work,
        SITE and PASSIVE are about two sites. The column *in* says which groups a rule is asked in: that of an active (or the only) site, a
        passive one, or both. The column *in pause* says which rules hold while the group is paused: those that neither promote, demote nor
        restart, and fencing. The last column links to a story in which the rule decides.

        """;

    private const string Duties =
        """

        ## Duties in the global scope

        Of a store on two sites, every agent asks these as well, in the same way, after the rules: what it owes the global scope. Nearly all belongs to
        whoever leads its group (the primary, or the standby leader). None of them touches the server; what a step of a move asks of the
        server is decided by the rules above, on what the global scope says. When no duty holds, it is `SITE.steady`.

        """;

    /// <param name="table">The rules in their order.</param>
    /// <param name="duties">The duties in theirs.</param>
    /// <param name="storyByRule">For the id of each rule and duty, a link to a scenario that fires it, relative to <c>docs/</c>.</param>
    /// <exception cref="KeyNotFoundException">A rule or duty has no story.</exception>
    public static string Render(ImmutableArray<Rule> table, ImmutableArray<Duty> duties, IReadOnlyDictionary<string, string> storyByRule)
    {
        ArgumentNullException.ThrowIfNull(storyByRule);
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n")).Append('\n');
        text.Append("| # | rule | when | then | in | in pause | story |\n|---|---|---|---|---|---|---|\n");
        for (var i = 0; i < table.Length; i++)
        {
            var rule = table[i];
            var link = storyByRule[rule.Id];
            text.Append($"| {i + 1} | `{rule.Id}` | " +
                $"{Cell(rule.When)} | {Cell(rule.Then)} | {rule.Scope.ToString().ToLowerInvariant()} | " +
                $"{(rule.InPause ? "yes" : "")} | [{Title(link)}]({link}) |\n");
        }

        text.Append(Duties.ReplaceLineEndings("\n")).Append('\n').Append("| # | duty | when | then | story |\n|---|---|---|---|---|\n");
        for (var i = 0; i < duties.Length; i++)
        {
            var duty = duties[i];
            var link = storyByRule[duty.Id];
            text.Append($"| {i + 1} | `{duty.Id}` | {Cell(duty.When)} | {Cell(duty.Then)} | [{Title(link)}]({link}) |\n");
        }

        return text.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>The last part of a link, without its ending.</summary>
    private static string Title(string link) => link[(link.LastIndexOf('/') + 1)..].Split('.')[0];
}
