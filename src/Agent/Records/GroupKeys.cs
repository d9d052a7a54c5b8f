using Holdfast.Core.Topology;

namespace Holdfast.Agent.Records;

/// <summary>Names of a group's keys in coordination, all below one prefix.</summary>
public sealed class GroupKeys(string system, string store, string site)
{
    public string Prefix { get; } = $"/holdfast/{system}/{store}/{site}/";
    public string Record => Prefix + "record";
    public string Request => Prefix + "request";
    /// <summary>What became of the last request.</summary>
    public string Outcome => Prefix + "outcome";
    /// <summary>Under the lease of a primary that may lose data (R6).</summary>
    public string PrimaryLease => Prefix + "lease";
    /// <summary>
    /// Put whenever that lease is taken, and under no lease: who saw that there was no lease, and finds this unchanged, knows that there was none meanwhile.
    /// </summary>
    public string LeaseTaken => Prefix + "lease-taken";
    /// <summary>Renewed by the primary several times a second: coordination's own witness for R7.</summary>
    public string Pulse => Prefix + "pulse";
    public string Credentials => Prefix + "credentials";
    public string Promises => Prefix + "promises/";
    public string HistoryPrefix => Prefix + "history/";

    public string Promise(long epoch, string member) => $"{Promises}{epoch}/{member}";
    /// <summary>Changed whenever a member takes back a promise, so that a promise still in flight can no longer come to stand.</summary>
    public string PromiseGuard(string member) => $"{Prefix}promise-guard/{member}";
    public string Presence(string member) => $"{Prefix}presence/{member}";
    /// <summary>Who began a backup repository.</summary>
    public string Repository(string name) => $"{Prefix}repository/{name}";
    /// <summary>Which member makes a test restore or a scan, under its lease.</summary>
    public string RestoreTestRunning => Prefix + "test-restore/running";
    public string RestoreTestLast => Prefix + "test-restore/last";
    public string RepositoryScanLast => Prefix + "test-restore/scan";
    /// <summary>Zero-padded, so that keys sort by epoch.</summary>
    public string History(long epoch) => $"{HistoryPrefix}{epoch:D12}";

    public static GroupKeys Of(SystemSpec system, StoreSpec store, MemberSpec member) => new(system.Name, store.Name, member.Site);
}
