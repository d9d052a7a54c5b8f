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

    public static SiteKeys Of(SystemSpec system, StoreSpec store) => new(system.Name, store.Name);
}
