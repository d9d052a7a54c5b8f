using System.Collections.Immutable;
using System.Text;

namespace Holdfast.Core.Failover.Rules;

/// <summary>Writes <c>docs/failover-rules.md</c> from the table, so that document and program cannot differ.</summary>
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

        Generated from `FailoverRules.Table` (`src/Core/Failover/FailoverRules.cs`); do not edit. A test compares; to write it anew:
        `HOLDFAST_WRITE=1 ./test --only core`.

        **How to read it.** Every agent looks at its own server, its peers and the group's record in coordination, some times a second and
        whenever something happens. It asks these rules from the top, and *the first whose condition holds decides*; nothing else does. A rule
        decides one step. What comes next is decided on what is seen afterwards, so a crash between two steps is harmless. The rule's id and
        the reason are what is logged, kept in the history and shown by `holdfast status`. When no rule holds, the member is steady
        (`PRIMARY.steady`, `STANDBY.steady`, or `PAUSE.hold` while the group is paused).

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

        R0 to R10 in the ids are the rules of the design: birth, overlap, promise, election, the primary's duty, coordination lost, lease,
        suspicion, rejoin, switchover, restart in place. ID refuses what is not ours, JOB waits for long work.
        The column *in pause* says which rules hold while the group is paused: those that neither promote, demote nor restart, and fencing.
        The last column links to a story in which the rule decides.

        """;

    /// <param name="table">The rules in their order.</param>
    /// <param name="storyByRule">For each rule's id, a link to a scenario that fires it, relative to <c>docs/</c>.</param>
    /// <exception cref="KeyNotFoundException">A rule has no story.</exception>
    public static string Render(ImmutableArray<Rule> table, IReadOnlyDictionary<string, string> storyByRule)
    {
        ArgumentNullException.ThrowIfNull(storyByRule);
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n")).Append('\n');
        text.Append("| # | rule | when | then | in pause | story |\n|---|---|---|---|---|---|\n");
        for (var i = 0; i < table.Length; i++)
        {
            var rule = table[i];
            var link = storyByRule[rule.Id];
            text.Append($"| {i + 1} | `{rule.Id}` | " +
                $"{Cell(rule.When)} | {Cell(rule.Then)} | {(rule.InPause ? "yes" : "")} | [{Title(link)}]({link}) |\n");
        }

        return text.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>The last part of a link, without its ending.</summary>
    private static string Title(string link) => link[(link.LastIndexOf('/') + 1)..].Split('.')[0];
}
