namespace Holdfast.Core.Quorum;

/// <summary>
/// What is asked of a commit on top of the <see cref="SyncRule"/>, for a while. It only ever makes a commit wait longer: whatever it says, each
/// acknowledged commit has been flushed by as many candidates as the rule demands, so R1 need not know of it.
/// </summary>
/// <param name="Member">This member must have flushed it too: the other site's standby leader, until that has caught up. Null: none.</param>
/// <param name="Hold">No commit is acknowledged at all.</param>
public sealed record SyncExtra(string? Member = null, bool Hold = false)
{
    public static readonly SyncExtra None = new();

    public override string ToString() => Hold ? "commits wait" : Member is null ? "none" : $"and {Member}";
}
