using System.Collections.Immutable;
using System.Net;
using Holdfast.Core.Topology;

namespace Holdfast.Gate.Running;

/// <summary>What one gate process serves.</summary>
public sealed record GateOptions
{
    /// <summary>Where <c>/status</c> and <c>/metrics</c> are unless told otherwise.</summary>
    public static readonly IPEndPoint DefaultApi = new(IPAddress.Loopback, 8010);

    public required SystemSpec System { get; init; }
    /// <summary>By name.</summary>
    public required ImmutableArray<StoreSpec> Stores { get; init; }
    /// <summary>Loopback; null: none.</summary>
    public IPEndPoint? Api { get; init; } = DefaultApi;
    /// <summary>Threads that forward.</summary>
    public int Threads { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>What cannot be run as it is, in one line with the remedy; null: nothing.</summary>
    public string? Problem()
    {
        var taken = new Dictionary<Endpoint, string>();
        foreach (var store in Stores)
        {
            foreach (var (address, port, key) in new[] { (store.Gate.ReadWrite, "read-write", "read-write"), (store.Gate.ReadOnly, "read-only", "read-only") })
            {
                if (!taken.TryAdd(address, $"{store.Name}'s {port} port"))
                {
                    return $"{taken[address]} and {store.Name}'s {port} port are both {address}: " +
                        $"give 'stores.{store.Name}.gate: {{ {key}: HOST:PORT }}' in the file, or run one gate for each store with --store";
                }
            }

            var slowest = store.Sites.Select(System.CoordinationOf).Append(System.Coordination).Max(cluster => cluster.RequestTimeout);
            if (store.Gate.CutOff < slowest)
            {
                return $"stores.{store.Name}.gate.cut-off ({store.Gate.CutOff.TotalSeconds:0.#} s) is shorter than coordination's request-timeout " +
                    $"({slowest.TotalSeconds:0.#} s): one slow answer would close all connections; lengthen the one or shorten the other";
            }
        }

        return Api is { } api && !IPAddress.IsLoopback(api.Address)
            ? $"the gate's own status has no password, so it must not listen on {api}: give a loopback address with --api"
            : null;
    }
}
