using Holdfast.Core.Topology;

namespace Holdfast.Coordination.Etcd;

/// <summary>When to go on to the next server, and what to say when none is left.</summary>
internal static class EtcdGiveUp
{
    public static bool MayTryNext(CoordinationException exception, bool repeatable) =>
        exception.Fault is CoordinationFault.Unreachable or CoordinationFault.Certificate
            || (repeatable && exception.Fault == CoordinationFault.Indeterminate);

    /// <summary>One fault for all: the one that leaves the most open, with what each server said.</summary>
    public static CoordinationException Summarise(IReadOnlyCollection<CoordinationException> faults, CoordinationSpec spec)
    {
        var worst =
            faults.FirstOrDefault(fault => fault.Fault == CoordinationFault.Indeterminate)
            ?? faults.FirstOrDefault(fault => fault.Fault == CoordinationFault.Certificate)
            ?? faults.FirstOrDefault();
        if (worst is null)
        {
            return new CoordinationException(
                CoordinationFault.Unreachable,
                $"etcd: no time left to ask any of {string.Join(", ", spec.Endpoints.Select(endpoint => endpoint.Authority))}");
        }

        var message = string.Join(" | ", faults.Select(fault => fault.Message).Distinct());
        return new CoordinationException(worst.Fault, message, worst);
    }
}
