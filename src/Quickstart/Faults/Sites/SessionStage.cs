using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Watching;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Faults.Sites;

/// <summary>The second store, and what is written to it beside the rows.</summary>
internal sealed record SessionStage(SessionStore Store, SitePair Pair, KeyWriter Writer, LossCheck Losses, TimeProvider Time)
{
    /// <summary>Lost keys that earlier faults have accounted for, and those that were reported then: a report stays when another is made.</summary>
    public IdSet AccountedFor { get; } = new();

    /// <summary>How many acknowledged keys are missing that were not known to be. Null and a problem when that could not be read.</summary>
    public Task<(long? Lost, string? Problem)> CountLostAsync(CancellationToken cancellationToken) =>
        new PresentIds(ReadIdsAsync, Time).CountLostAsync(Losses, cancellationToken);

    private Task ReadIdsAsync(Action<long> read, CancellationToken cancellationToken) =>
        Task.Run(() => Store.ReadIds(Primary, read), cancellationToken);

    private MemberPlace? Primary => Store.Members.FirstOrDefault(member => member.Name == Pair.Primary);
}
