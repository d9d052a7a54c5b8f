using System.Collections.Immutable;
using Holdfast.Agent.Sites;
using Holdfast.Coordination;
using Holdfast.Core.Sites;
using Holdfast.Simulation.Coordination;
using Holdfast.Simulation.Oath;

namespace Holdfast.Simulation.Sites;

/// <summary>The scope that both sites share, as it truly is: which site is active, the move on its way, and who has the site lease.</summary>
internal sealed class GlobalScope
{
    private readonly World _world;
    private readonly SitePolicy _policy;
    private SitePicture _truth = SitePicture.Unread;

    /// <param name="policy">As either site sees it.</param>
    public GlobalScope(World world, SimCluster cluster, SiteKeys keys, SitePolicy policy)
    {
        (_world, Cluster, Keys, _policy) = (world, cluster, keys, policy);
        cluster.Follow(Note);
    }

    public SimCluster Cluster { get; }
    public SiteKeys Keys { get; }
    public SitePicture Truth => _truth;

    private void Note(ImmutableSortedDictionary<string, KeyValue> keys, IReadOnlyCollection<Operation> done)
    {
        if (!done.Any(operation => operation.Key.StartsWith(Keys.Prefix, StringComparison.Ordinal)))
        {
            return;
        }

        var before = _truth;
        _truth = SitePicture.Read(Keys, _policy, keys);
        if (_truth.LeaseValue != before.LeaseValue)
        {
            _world.Note("site", $"lease: {_truth.LeaseValue ?? "nobody's"}");
            _world.Oath.Fault(); // Who held it before may take it once more.
        }

        if (_truth.RecordRevision != before.RecordRevision)
        {
            _world.Note("site", $"record: {_truth.Record}");
            ((SitesOath)_world.Oath).SiteRecordWritten(before, _truth);
        }

        if (_truth.MoveRevision != before.MoveRevision && _truth.Move is { } move)
        {
            _world.Note("site", $"move {move.Id}: {move.State}, {string.Join(" ", move.Steps.Select(step => $"{step.Kind}:{step.State}"))}");
        }
    }
}
