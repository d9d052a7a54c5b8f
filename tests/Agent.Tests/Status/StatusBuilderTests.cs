using System.Collections.Immutable;
using Holdfast.Agent.Api;
using Holdfast.Agent.Status;
using Holdfast.Agent.Tests.Api;
using Holdfast.Core.Failover;

namespace Holdfast.Agent.Tests.Status;

public sealed class StatusBuilderTests
{
    private const string Me = "orders-fra-1";
    private const string Other = "orders-fra-2";

    [Theory]
    [InlineData(DataState.Empty), InlineData(DataState.Incomplete), InlineData(DataState.Foreign)]
    public void A_member_without_data_has_no_role_and_no_lag_whatever_its_files_say(DataState data)
    {
        var status = Build(data, ProcessState.Stopped, MemberRole.Primary);
        foreach (var name in new[] { Me, Other })
        {
            var member = status.Members.Single(row => row.Name == name);
            member.Reachable.ShouldBeTrue();
            member.Role.ShouldBe("unknown");
            member.LagBytes.ShouldBeNull();
        }
    }

    [Theory]
    [InlineData(DataState.Present, ProcessState.Running), InlineData(DataState.Present, ProcessState.Stopped)]
    [InlineData(DataState.Unknown, ProcessState.Running)]
    public void A_server_that_is_there_has_the_role_that_was_seen(DataState data, ProcessState process)
    {
        foreach (var (role, text) in new[] { (MemberRole.Primary, "primary"), (MemberRole.Standby, "standby"), (MemberRole.Unknown, "unknown") })
        {
            Build(data, process, role).Members.Where(row => row.Name is Me or Other).ShouldAllBe(row => row.Role == text);
        }
    }

    private static GroupStatus Build(DataState data, ProcessState process, MemberRole role)
    {
        var system = SampleGroup.System();
        var store = system.Stores["orders"];
        var view = new MemberView
        {
            Me = Me,
            Group = GroupSpec.From(store, "fra"),
            Engine = EngineView.Nothing with { Data = data, Process = process, Role = role },
            Peers = ImmutableSortedDictionary<string, PeerView>.Empty.Add(
                Other, new PeerView { SilentFor = TimeSpan.Zero, Data = data, Process = process, Role = role }),
        };
        return new StatusBuilder(system, store, store.Members[Me], TimeProvider.System).Build(view, FailoverRules.Decide(view), fault: null);
    }
}
