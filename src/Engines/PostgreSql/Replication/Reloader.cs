using System.Globalization;
using Holdfast.Core.Quorum;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Replication;

/// <summary>
/// Changes settings of a running server and proves that the main process has taken them up. A session that already ran may read the new
/// file by itself, so it proves nothing about the others. A session that is new since the file was written either inherits what the main
/// process has, or was told to read by the main process after that had read: either way, what it shows the main process has, and every
/// process of the server has been told.
/// </summary>
internal sealed class Reloader(
    Layout layout, LocalServer local, SettingsFile settings, ServerProcess process, RunMemory memory, TimeProvider time)
{
    public ServerSettings Current => settings.Current;

    /// <summary>Returns when the main process has the settings; at once when no server runs. A feeding goes on while the upstream is the same.</summary>
    public Task ApplyAsync(SyncRule sync, string? upstream, CancellationToken cancellationToken) =>
        ApplyAsync(sync, upstream, upstream is not null && Current is { Feeds: true } current && current.Upstream == upstream, cancellationToken);

    public Task ApplyAsync(SyncRule sync, string? upstream, bool feeds, CancellationToken cancellationToken) =>
        ApplyAsync(sync, Current.Extra, upstream, feeds, cancellationToken);

    /// <summary>All as it is, but for what is asked on top of the rule.</summary>
    public Task ApplyAsync(SyncExtra extra, CancellationToken cancellationToken) =>
        ApplyAsync(Current.Sync ?? SyncRule.Blocked, extra, Current.Upstream, Current.Feeds, cancellationToken);

    private async Task ApplyAsync(SyncRule sync, SyncExtra extra, string? upstream, bool feeds, CancellationToken cancellationToken)
    {
        var generation = settings.Write(sync, upstream, feeds, extra);
        if (process.Current is { } server && process.Reload())
        {
            await ProveAsync(server.RunId, generation, cancellationToken);
        }
    }

    /// <summary>Takes up everything else that has changed in the files.</summary>
    public Task ApplyAgainAsync(CancellationToken cancellationToken) =>
        ApplyAsync(Current.Sync ?? SyncRule.Blocked, Current.Upstream, cancellationToken);

    /// <summary>Asks once, without a reload, whether the main process has the settings that are in the file.</summary>
    public async Task<bool> TryProveAsync(string runId, CancellationToken cancellationToken)
    {
        var wanted = Current.Generation;
        return memory.ProvenGeneration(runId) >= wanted || await AskAsync(runId, wanted, cancellationToken);
    }

    private async Task ProveAsync(string runId, long generation, CancellationToken cancellationToken)
    {
        try
        {
            await Wait.UntilAsync(time, Wait.Fine, async () =>
            {
                if (process.Current?.RunId != runId)
                {
                    throw new EngineException($"the server of {layout.Data} ended while its settings were changed");
                }

                try
                {
                    return await AskAsync(runId, generation, cancellationToken);
                }
                catch (NpgsqlException)
                {
                    // It starts up, or has no free connection: until the deadline it may still answer.
                    return false;
                }
            }, cancellationToken);
        }
        catch (OperationCanceledException exception)
        {
            throw new EngineException(
                $"the server of {layout.Data} did not take up its settings in time: see {layout.ServerLog} for what it objects to",
                    exception);
        }
    }

    private async Task<bool> AskAsync(string runId, long generation, CancellationToken cancellationToken)
    {
        var text = await LocalSession.AskFreshAsync(
            local, $"SELECT coalesce(current_setting('{ServerSettings.GenerationName}', true), '')", cancellationToken);
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var shown) || shown < generation)
        {
            return false;
        }

        memory.Proved(runId, generation);
        return true;
    }
}
