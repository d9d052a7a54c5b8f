using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Core.Backup;

namespace Holdfast.Agent.Backup;

/// <summary>
/// Remembers in coordination who began a repository. A directory that is there on one host only would otherwise be begun anew by each primary, and no
/// part of it would hold the whole.
/// </summary>
internal sealed class RepositoryMark(ICoordination coordination, GroupKeys keys)
{
    /// <summary>Who began it; null: nobody yet.</summary>
    public async Task<string?> ReadAsync(RepositorySpec repository, CancellationToken cancellationToken)
    {
        var key = keys.Repository(repository.Name);
        var found = await coordination.ReadAsync(key, cancellationToken);
        return found.Keys.TryGetValue(key, out var value) ? value.Text : null;
    }

    public async Task WriteAsync(RepositorySpec repository, string member, long epoch, CancellationToken cancellationToken)
    {
        var key = keys.Repository(repository.Name);
        // Somebody may have been faster: then it is marked as well.
        _ = await coordination.TransactAsync(
            new Transaction(
                [new Condition.Absent(key)],
                [new Operation.Put(key, System.FormattableString.Invariant($"{member} in epoch {epoch}"))]),
            cancellationToken);
    }
}
