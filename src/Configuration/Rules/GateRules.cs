using System.Net;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold so that a gate can listen, and so that its bounds mean something.</summary>
internal static class GateRules
{
    private static readonly TimeSpan ShortestCutOff = TimeSpan.FromSeconds(1);

    public static void Check(Section root, Findings findings)
    {
        var taken = new List<(Endpoint Address, string Owner)>();
        foreach (var member in Places.Members(root))
        {
            Add(member.Address, $"the address of {member.Name}");
            Add(member.Agent, $"the agent of {member.Name}");
        }

        foreach (var store in root.All(SystemKeys.Stores))
        {
            var gate = store.Value.Sub(StoreKeys.Gate);
            CheckAddress(gate, GateKeys.ReadWrite, $"the read-write port of {store.Name}", taken, findings);
            CheckAddress(gate, GateKeys.ReadOnly, $"the read-only port of {store.Name}", taken, findings);
            CheckTimes(gate, findings);
        }

        void Add(Found<Endpoint>? found, string owner)
        {
            if (found is not null)
            {
                taken.Add((found.Value, owner));
            }
        }
    }

    /// <summary>Only what the user wrote can be wrong here: a gate that nobody runs needs no free port, and one that runs says so itself.</summary>
    private static void CheckAddress(
        Section gate, Key<Endpoint> key, string owner, List<(Endpoint Address, string Owner)> taken, Findings findings)
    {
        if (!gate.TryGet(key, out var address))
        {
            return;
        }

        var former = taken.Find(other => Clash(address, other.Address));
        if (former.Owner is not null)
        {
            findings.Error(gate.PlaceOf(key), $"{address} is {former.Owner} already", "give each port of the gate an address of its own");
        }

        taken.Add((address, owner));
    }

    private static void CheckTimes(Section gate, Findings findings)
    {
        if (gate.TryGet(GateKeys.CutOff, out var cutOff) && cutOff < ShortestCutOff)
        {
            findings.Error(
                gate.PlaceOf(GateKeys.CutOff),
                $"{DurationShape.Text(cutOff)} is less than word from etcd takes when all is well ({DurationShape.Text(ShortestCutOff)})",
                $"write at least {DurationShape.Text(ShortestCutOff)}");
        }
    }

    private static bool Clash(Endpoint one, Endpoint other) => one.Port == other.Port &&
        (HostPlaces.Comparable(one) == HostPlaces.Comparable(other) || (IsEvery(one) && other.IsLoopback) || (IsEvery(other) && one.IsLoopback));

    private static bool IsEvery(Endpoint endpoint) =>
        IPAddress.TryParse(endpoint.Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
}
