using System.Collections.Immutable;

namespace Holdfast.Gate.Routing;

/// <summary>Where a connection goes, and under which epoch it was sent there.</summary>
public sealed record Target(string Member, string Site, long Epoch)
{
    public override string ToString() => $"{Member} (epoch {Epoch})";
}

/// <summary>What the read-write port does.</summary>
/// <param name="Current">Connections to any other target are closed; null: all are.</param>
/// <param name="Admits">New connections are sent to <paramref name="Current"/>; else they wait.</param>
/// <param name="Rule">Short name of what decided, for logs and metrics.</param>
/// <param name="Reason">For people.</param>
public sealed record ReadWriteRoute(Target? Current, bool Admits, string Rule, string Reason);

/// <summary>What the read-only port does.</summary>
/// <param name="Admits">New connections are spread over these; empty: they wait.</param>
/// <param name="Fit">Standbys that serve under the newest epoch, however far behind.</param>
/// <param name="Keeps">Connections to others than these are closed.</param>
public sealed record ReadOnlyRoute(ImmutableArray<Target> Admits, ImmutableArray<Target> Fit, ImmutableArray<Target> Keeps, string Reason)
{
    public bool Equals(ReadOnlyRoute? other) => other is not null && Reason == other.Reason && Admits.AsSpan().SequenceEqual(other.Admits.AsSpan()) &&
        Fit.AsSpan().SequenceEqual(other.Fit.AsSpan()) && Keeps.AsSpan().SequenceEqual(other.Keeps.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Reason, Admits.Length, Fit.Length, Keeps.Length);
}

public sealed record GateRoutes(ReadWriteRoute ReadWrite, ReadOnlyRoute ReadOnly)
{
    public static readonly GateRoutes None = new(
        new ReadWriteRoute(null, false, "start", "nothing has been read yet"), new ReadOnlyRoute([], [], [], "nothing has been read yet"));
}
