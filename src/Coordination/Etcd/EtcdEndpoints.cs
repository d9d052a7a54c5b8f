using System.Collections.Immutable;

namespace Holdfast.Coordination.Etcd;

/// <summary>Which server to ask first: the one that answered last, and after a failure the next one.</summary>
internal sealed class EtcdEndpoints(ImmutableArray<Uri> endpoints)
{
    private int _current;

    public int Count => endpoints.Length;

    public Uri Current => endpoints[Volatile.Read(ref _current)];

    /// <summary>All servers, the current one first.</summary>
    public ImmutableArray<Uri> InOrder()
    {
        var start = Volatile.Read(ref _current);
        return [.. Enumerable.Range(0, endpoints.Length).Select(step => endpoints[(start + step) % endpoints.Length])];
    }

    /// <summary>This server did not serve: if it is still the current one, the next becomes current.</summary>
    public void Failed(Uri endpoint)
    {
        var index = endpoints.IndexOf(endpoint);
        Interlocked.CompareExchange(ref _current, (index + 1) % endpoints.Length, index);
    }
}
