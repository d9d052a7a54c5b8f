using System.Collections.Immutable;

namespace Holdfast.Lab.Layout;

/// <param name="Data">The data directory.</param>
internal sealed record Seat(string Address, int Port, int AgentPort, string Data);

/// <summary>Where everything is in a run.</summary>
/// <param name="Etcd">Client addresses by scope; empty: the global one.</param>
/// <param name="Gate">Where a gate listens for clients that want the primary, and for those that read only.</param>
/// <param name="ClientAuthentication">The line of pg_hba.conf that lets the clients in.</param>
internal sealed record Placement(
    ImmutableSortedDictionary<string, Seat> Members, ImmutableSortedDictionary<string, ImmutableArray<Uri>> Etcd,
    (string ReadWrite, string ReadOnly) Gate, string ClientAuthentication, string TokenFile, string CertificateFile, string KeyFile, string AuthorityFile);
