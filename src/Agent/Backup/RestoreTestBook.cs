using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Agent.Api;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core.Backup;

namespace Holdfast.Agent.Backup;

/// <summary>What the group remembers of test restores, in coordination: who makes one now, and how the last ones ended.</summary>
internal sealed class RestoreTestBook(ICoordination coordination, PrefixMirror mirror, GroupKeys keys, string member)
{
    /// <summary>A claim whose member has died is gone after this.</summary>
    public static readonly TimeSpan ClaimTime = TimeSpan.FromSeconds(60);

    private Known<RestoreTestRecord>? _last;
    private Known<RepositoryScan>? _lastScan;

    /// <summary>What is remembered has been read since this agent's start.</summary>
    public bool IsLoaded => mirror.Current.IsLoaded;

    /// <summary>Who makes one; null: nobody.</summary>
    public string? RunningAt => Find(keys.RestoreTestRunning)?.Text;

    /// <returns>The record (null: none, or it cannot be read), and what is wrong with it.</returns>
    public (RestoreTestRecord? Record, string? Problem) Last =>
        Read(ref _last, keys.RestoreTestLast, ApiJson.Plain.RestoreTestRecord, record => record.Last.Moments.IsDefault);

    public (RepositoryScan? Scan, string? Problem) LastScan =>
        Read(ref _lastScan, keys.RepositoryScanLast, ApiJson.Plain.RepositoryScan, scan => scan.Findings.IsDefault);

    /// <returns>The lease under which it stands, to be kept and given back; null: another member was faster.</returns>
    public async Task<long?> ClaimAsync(CancellationToken cancellationToken)
    {
        var lease = await coordination.GrantLeaseAsync(ClaimTime, cancellationToken);
        var key = keys.RestoreTestRunning;
        var found = (await coordination.ReadAsync(key, cancellationToken)).Keys.GetValueOrDefault(key);
        // A claim of this member's own is of an agent that is no more: there is one for each member.
        if (found is null || found.Text == member)
        {
            var result = await coordination.TransactAsync(
                new Transaction([Condition.Same(key, found?.ModRevision ?? 0)], [new Operation.Put(key, member, lease)]), cancellationToken);
            if (result.Succeeded)
            {
                return lease;
            }
        }

        await coordination.RevokeLeaseAsync(lease, cancellationToken);
        return null;
    }

    public Task KeepAsync(long lease, CancellationToken cancellationToken) => coordination.KeepAliveAsync(lease, cancellationToken);

    public Task GiveBackAsync(long lease, CancellationToken cancellationToken) => coordination.RevokeLeaseAsync(lease, cancellationToken);

    public Task WriteAsync(RestoreTestResult result, CancellationToken cancellationToken) => PutAsync(
        keys.RestoreTestLast, JsonSerializer.Serialize(RestoreTestRecord.After(Last.Record, result), ApiJson.Plain.RestoreTestRecord), cancellationToken);

    public Task WriteAsync(RepositoryScan scan, CancellationToken cancellationToken) => PutAsync(
        keys.RepositoryScanLast, JsonSerializer.Serialize(scan, ApiJson.Plain.RepositoryScan), cancellationToken);

    private async Task PutAsync(string key, string text, CancellationToken cancellationToken) =>
        _ = await coordination.TransactAsync(new Transaction([], [new Operation.Put(key, text)]), cancellationToken);

    private sealed record Known<T>(long Revision, T? Value, string? Problem) where T : class;

    private KeyValue? Find(string key) => mirror.Current.Keys.GetValueOrDefault(key);

    /// <param name="known">What was read before: it is asked for with each look at the member, and seldom another.</param>
    private (T? Value, string? Problem) Read<T>(ref Known<T>? known, string key, JsonTypeInfo<T> type, Func<T, bool> isBad) where T : class
    {
        if (Find(key) is not { } stored)
        {
            return (null, null);
        }

        if (known is { } before && before.Revision == stored.ModRevision)
        {
            return (before.Value, before.Problem);
        }

        var (value, problem) = Parse(stored, type, isBad);
        known = new Known<T>(stored.ModRevision, value, problem);
        return (value, problem);
    }

    private static (T? Value, string? Problem) Parse<T>(KeyValue stored, JsonTypeInfo<T> type, Func<T, bool> isBad) where T : class
    {

        try
        {
            if (JsonSerializer.Deserialize(stored.Text, type) is { } value && !isBad(value))
            {
                return (value, null);
            }
        }
        catch (Exception exception) when (exception is JsonException or NullReferenceException)
        {
            // Told below: it is replaced by the next one.
        }

        return (null, $"what coordination holds in {stored.Key} cannot be read: it is replaced by the next one");
    }
}
