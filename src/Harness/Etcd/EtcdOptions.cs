using System.Collections.Immutable;
using Holdfast.Harness.Network;

namespace Holdfast.Harness.Etcd;

/// <summary>How to start etcd.</summary>
public sealed record EtcdOptions
{
    /// <summary>Servers in the cluster, where <see cref="Places"/> names none.</summary>
    public int Servers { get; init; } = 1;
    /// <summary>Where each server runs; empty: all on loopback, on free ports.</summary>
    public ImmutableArray<Place> Places { get; init; } = [];
    /// <summary>In <see cref="Places"/>: the port for clients; the next one is for the other servers.</summary>
    public int Port { get; init; } = 2379;
    /// <summary>Serve clients by TLS with these certificates; null: plain HTTP.</summary>
    public EtcdCertificates? Certificates { get; init; }
    /// <summary>With <see cref="Certificates"/>: refuse clients without a certificate of the same authority.</summary>
    public bool RequireClientCertificate { get; init; }
    /// <summary>Turns on log-in with this password of user <c>root</c>; null: no log-in.</summary>
    public string? RootPassword { get; init; }
    /// <summary>Seconds until an unused log-in token expires.</summary>
    public int TokenSeconds { get; init; } = 300;
    /// <summary>Largest size of the database; null: etcd's own 2 GiB.</summary>
    public long? QuotaBytes { get; init; }
    /// <summary>Raft heartbeat. The shortest lease is 1.5 times the election timeout, rounded up to whole seconds.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromMilliseconds(100);
    public TimeSpan Election { get; init; } = TimeSpan.FromSeconds(1);
}
