using Holdfast.Agent.Api.Metrics;
using Holdfast.Gate.Forwarding;

namespace Holdfast.Gate.Api;

/// <summary>The same as <see cref="GateStatus"/>, for Prometheus.</summary>
internal static class GateMetrics
{
    private static readonly (string Name, string Type, string Help, Func<PortStatus, double> Of)[] Ports =
    [
        ("holdfast_gate_connections", "gauge", "Connections that are forwarded, or being made.", port => port.Connections),
        ("holdfast_gate_waiting", "gauge", "Connections that wait for a member that accepts them.", port => port.Waiting),
        ("holdfast_gate_accepted_total", "counter", "Connections accepted.", port => port.Accepted),
        ("holdfast_gate_forwarded_total", "counter", "Connections that reached a member.", port => port.Forwarded),
        ("holdfast_gate_cut_total", "counter", "Connections closed because their member was replaced, or nobody vouched for it.", port => port.Cut),
        ("holdfast_gate_hold_expired_total", "counter", "Connections closed because they waited too long.", port => port.HoldExpired),
        ("holdfast_gate_gone_total", "counter", "Connections whose client hung up while it waited.", port => port.Gone),
        ("holdfast_gate_refused_total", "counter", "Connections closed at once, at max-connections.", port => port.Refused),
    ];

    public static byte[] Write(GateStatus status, IReadOnlyCollection<Worker> workers)
    {
        var writer = new PrometheusWriter();
        Each("holdfast_gate_admits", "New connections go to the primary; else they wait.", store => store.Admits ? 1 : 0);
        Each("holdfast_gate_epoch", "Epoch under which connections are forwarded; 0: none are.", store => store.Epoch);
        Each("holdfast_gate_standbys", "Standbys that new reading connections are spread over.", store => store.Standbys.Length);
        Each("holdfast_gate_problems", "Sources of knowledge that do not answer.", store => store.Problems.Length);
        foreach (var (name, type, help, of) in Ports)
        {
            writer.Family(name, type, help);
            foreach (var store in status.Stores)
            {
                writer.Sample(name, PrometheusWriter.Labels(("store", store.Store), ("port", "read-write")), of(store.ReadWrite));
                writer.Sample(name, PrometheusWriter.Labels(("store", store.Store), ("port", "read-only")), of(store.ReadOnly));
            }
        }

        writer.Counter("holdfast_gate_bytes_up_total", "Bytes from clients to members.", workers.Sum(worker => worker.BytesUp));
        writer.Counter("holdfast_gate_bytes_down_total", "Bytes from members to clients.", workers.Sum(worker => worker.BytesDown));
        ProcessMetrics.Write(writer);
        return writer.ToUtf8();

        void Each(string name, string help, Func<StoreGateStatus, double> of)
        {
            writer.Family(name, "gauge", help);
            foreach (var store in status.Stores)
            {
                writer.Sample(name, PrometheusWriter.Labels(("store", store.Store)), of(store));
            }
        }
    }
}
