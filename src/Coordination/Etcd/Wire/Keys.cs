using System.Collections.Immutable;
using System.Text;

namespace Holdfast.Coordination.Etcd.Wire;

/// <summary>Keys as etcd wants them.</summary>
internal static class Keys
{
    public static byte[] Bytes(string key) => Encoding.UTF8.GetBytes(key);

    /// <summary>First key and the key after the last one, of all keys that begin with <paramref name="prefix"/>.</summary>
    public static (byte[] First, byte[] End) Range(string prefix)
    {
        if (prefix.Length == 0)
        {
            // A single zero byte: as a first key "from the very first", as an end "without end".
            return ([0], [0]);
        }

        // UTF-8 never holds 0xff, so the last byte can always be raised.
        var first = Bytes(prefix);
        var end = (byte[])first.Clone();
        end[^1]++;
        return (first, end);
    }

    public static KeyValue Decode(EtcdKeyValue wire) =>
        new(Name(wire), wire.Value ?? [], wire.CreateRevision, wire.ModRevision, wire.Lease);

    public static string Name(EtcdKeyValue wire) => Encoding.UTF8.GetString(wire.Key ?? []);

    public static PrefixSnapshot Decode(RangeResponse response)
    {
        var keys = ImmutableSortedDictionary.CreateBuilder<string, KeyValue>(StringComparer.Ordinal);
        foreach (var wire in response.Kvs ?? [])
        {
            var key = Decode(wire);
            keys[key.Key] = key;
        }

        return new PrefixSnapshot(response.Header?.Revision ?? 0, keys.ToImmutable());
    }
}
