using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql;

/// <summary>The first data of a store, from a backup of another one.</summary>
public sealed partial class PostgreSqlEngine
{
    /// <summary>What the marker of incomplete data says meanwhile.</summary>
    private const string BeingBorn = "restore of another store";

    private string SourceConfiguration => Path.Combine(_layout.Own, "pgbackrest-source.conf");

    /// <summary>
    /// Makes this member's data from a backup of another store, so that its agent, when it is started, takes them for the data that its group is born
    /// with. Nothing of the other store is touched, and nothing is written to its repository. What has been made is removed when it fails.
    /// </summary>
    /// <exception cref="EngineException">This member has data, there is no such backup, or the moment is not reached.</exception>
    public Task RestoreFromAsync(
        StoreSpec source, string site, RestoreRequest request, IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        AtEdgeAsync("restore", async () =>
    {
        RequireStopped("restore");
        var repository = source.Backup?.At(site) ?? throw new EngineException($"store {source.Name} declares no backup repository for {site}");
        foreach (var place in (ReadOnlySpan<string>)[_layout.Data, _layout.Own])
        {
            if (!DirectoryWork.IsEmptyOrMissing(place))
            {
                throw new EngineException($"{place} is there already and not empty: store {_store.Name} has data, or has had; a new store begins without");
            }
        }

        var (madeData, madeOwn) = (!Directory.Exists(_layout.Data), !Directory.Exists(_layout.Own));
        try
        {
            _layout.Prepare();
            AtomicFile.Write(_layout.IncompleteMarker, $"{BeingBorn}\n");
            DirectoryWork.CreateOwnerOnly(_layout.Data);
            Directory.CreateDirectory(_layout.BackupLocks, AtomicFile.OwnerOnlyDirectory);
            AtomicFile.Write(SourceConfiguration, BackRestFile.ForReading(source, site, repository, _layout.BackupLocks, _layout.Data));
            var from = new RestoreSource(SourceConfiguration, BackRestFile.Stanza(source, site));
            var aim = (await PlanAsync(from, request, above: 0, cancellationToken)).Aim;
            await MakeDataAsync(from, aim, _layout.Tablespaces(1), aside: null, progress, cancellationToken);
            AtomicFile.Delete(SourceConfiguration);
            AtomicFile.Delete(_layout.IncompleteMarker);
        }
        catch
        {
            // All of it is ours, and the key of the other store's repository is in it.
            Clear(_layout.Data, madeData);
            Clear(_layout.Own, madeOwn);
            throw;
        }

        static void Clear(string directory, bool isOurs)
        {
            DirectoryWork.Empty(directory);
            if (isOurs)
            {
                DirectoryWork.Remove(directory);
            }
        }
    }, cancellationToken);
}
