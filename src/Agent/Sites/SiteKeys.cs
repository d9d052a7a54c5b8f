using Holdfast.Core.Topology;

namespace Holdfast.Agent.Sites;

/// <summary>Names of a store's keys in the global coordination, all below one prefix. No site can bear the name <c>@sites</c>.</summary>
public sealed class SiteKeys(string system, string store)
{
    public string Prefix { get; } = $"/holdfast/{system}/{store}/@sites/";
    /// <summary>Which site is active.</summary>
    public string Record => Prefix + "record";
    /// <summary>Under the lease of the active site's primary; its value is a <see cref="SiteLeaseHolder"/>.</summary>
    public string Lease => Prefix + "lease";
    /// <summary>
    /// Put whenever the lease is taken, and under no lease: who saw that there was no lease, and finds this unchanged, knows that there was none meanwhile.
    /// </summary>
    public string LeaseTaken => Prefix + "lease-taken";
    /// <summary>The move that is on its way, or was the last.</summary>
    public string Move => Prefix + "move";
    public string Cards => Prefix + "card/";
    /// <summary>The store's passwords: its members share them, whichever site they are at.</summary>
    public string Credentials => Prefix + "credentials";
    public string HistoryPrefix => Prefix + "history/";

    public string Card(string site) => Cards + site;
    /// <summary>Of a move that has ended; keys sort by when it was asked for.</summary>
    public string History(string moveId) => HistoryPrefix + moveId;

    public static SiteKeys Of(SystemSpec system, StoreSpec store) => new(system.Name, store.Name);
}
