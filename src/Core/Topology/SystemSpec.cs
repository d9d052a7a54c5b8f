using System.Collections.Immutable;

namespace Holdfast.Core.Topology;

/// <summary>The whole of one <c>holdfast.yaml</c>, validated: what the user wants, in the project's words.</summary>
public sealed record SystemSpec
{
    /// <summary>Name of the system; the first part of every key in coordination.</summary>
    public required string Name { get; init; }
    /// <summary>The cluster that knows which site is active, and every group of a site that has no cluster of its own.</summary>
    public required CoordinationSpec Coordination { get; init; }
    /// <summary>Clusters of single sites, for the groups there, so that a failover inside a site does not need the link.</summary>
    public ImmutableDictionary<string, CoordinationSpec> LocalCoordination { get; init; } = ImmutableDictionary<string, CoordinationSpec>.Empty;
    public SecuritySpec Security { get; init; } = new();
    public required ImmutableDictionary<string, SiteSpec> Sites { get; init; }
    public required ImmutableDictionary<string, StoreSpec> Stores { get; init; }

    /// <summary>The cluster that the groups of a site use.</summary>
    public CoordinationSpec CoordinationOf(string site) => LocalCoordination.GetValueOrDefault(site, Coordination);

    /// <summary>Finds a member by its name, which is unique in the whole system. Null when the file has no such member.</summary>
    public (StoreSpec Store, MemberSpec Member)? FindMember(string name)
    {
        foreach (var store in Stores.Values)
        {
            if (store.Members.TryGetValue(name, out var member))
            {
                return (store, member);
            }
        }

        return null;
    }
}

/// <summary>A place that can be lost as a whole. A witness site carries coordination only, never a member.</summary>
public sealed record SiteSpec(string Name, bool Witness = false);

/// <summary>Where the etcd cluster is and how to log in to it.</summary>
public sealed record CoordinationSpec
{
    /// <summary>Base addresses, <c>http://host:2379</c> or <c>https://…</c>. At least one.</summary>
    public required ImmutableArray<Uri> Endpoints { get; init; }
    /// <summary>Certificate authority (PEM file) that signed the servers' certificates; null: the machine's own trust store.</summary>
    public string? CaFile { get; init; }
    /// <summary>Client certificate (PEM file), with <see cref="KeyFile"/>.</summary>
    public string? CertificateFile { get; init; }
    public string? KeyFile { get; init; }
    public string? User { get; init; }
    public Secret? Password { get; init; }
    /// <summary>Deadline for each single call.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>What the agents share: the token that protects changing calls, signs heartbeats and wraps generated passwords; and TLS.</summary>
public sealed record SecuritySpec
{
    /// <summary>Shared by all agents and operators of the system. Null only when every agent address is loopback.</summary>
    public Secret? Token { get; init; }
    public string? TlsCertificateFile { get; init; }
    public string? TlsKeyFile { get; init; }
    public string? TlsCaFile { get; init; }
    public bool HasTls => TlsCertificateFile is not null && TlsKeyFile is not null;
}

/// <summary>Base of an engine's own section of the file. The brain never looks inside.</summary>
public abstract record EngineSpec
{
    /// <summary>Members of this kind can be compared by checksum. False: a move between sites does without, and nobody is told that it has been done.</summary>
    public virtual bool IsComparable => true;
    /// <summary>How much log its servers keep for the other site, in bytes, where the file does not say; null: as much as is usual.</summary>
    public virtual long? UsualQueueBound => null;
}
