using Holdfast.Lab.Layout;
using Holdfast.Lab.Plans;

namespace Holdfast.Lab.Tests.Plans;

/// <summary>The plan is a pure function of the seed and the file.</summary>
public sealed class FaultPlanTests
{
    private static readonly Topology OneSite = LabFile.Load(Repository.PathOf("examples/lab-one-site.yaml"), null).Topology;
    private static readonly Topology TwoSites = LabFile.Load(Repository.PathOf("examples/lab.yaml"), null).Topology;

    [Fact]
    public void The_same_seed_and_file_give_the_same_plan() => Told(new FaultPlan(7, TwoSites, [])).ShouldBe(Told(new FaultPlan(7, TwoSites, [])));

    [Fact]
    public void Each_strike_is_the_same_whatever_was_asked_before()
    {
        var plan = new FaultPlan(7, TwoSites, []);
        var late = plan[20].What;

        Told(plan)[19].ShouldEndWith(late);
    }

    [Fact]
    public void The_plan_stays_as_it_is_from_release_to_release() => Told(new FaultPlan(1, OneSite, [])).Take(3).ShouldBe(
        ["00:00:01.4800000 server-freeze orders-3 4.9s", "00:00:01.6100000 etcd-leader-crash 8.0s", "00:00:01.8600000 host-deaf orders-1 7.8s"]);

    [Fact]
    public void Another_seed_gives_another_plan() => Told(new FaultPlan(7, TwoSites, [])).ShouldNotBe(Told(new FaultPlan(8, TwoSites, [])));

    [Fact]
    public void Every_kind_comes_with_two_sites() =>
        Kinds(new FaultPlan(1, TwoSites, [])).ShouldBe(Enum.GetValues<FaultKind>(), ignoreOrder: true);

    [Fact]
    public void With_one_site_every_kind_comes_that_needs_no_other() =>
        Kinds(new FaultPlan(1, OneSite, [])).ShouldBe(Enum.GetValues<FaultKind>().Where(kind => !FaultKinds.NeedsTwoSites(kind)), ignoreOrder: true);

    [Fact]
    public void Two_at_once_come_often_and_never_with_a_move_of_a_site()
    {
        var strikes = Enumerable.Range(1, 500).Select(number => new FaultPlan(3, TwoSites, [])[number]).ToList();

        strikes.Count(strike => strike.Second is not null).ShouldBeInRange(80, 200);
        strikes.Where(strike => FaultKinds.MovesSite(strike.First.Kind)).ShouldAllBe(strike => strike.Second == null);
    }

    [Fact]
    public void Only_what_is_wanted_comes_first() =>
        Enumerable.Range(1, 50).Select(number => new FaultPlan(3, OneSite, [FaultKind.HostCrash])[number].First.Kind).ShouldAllBe(kind => kind == FaultKind.HostCrash);

    [Fact]
    public void Names_of_kinds_are_read_back() =>
        Enum.GetValues<FaultKind>().ShouldAllBe(kind => FaultKinds.Parse(FaultKinds.NameOf(kind)) == kind);

    private static List<string> Told(FaultPlan plan) => [.. Enumerable.Range(1, 40).Select(number => $"{plan[number].Calm} {plan[number].What}")];

    private static IEnumerable<FaultKind> Kinds(FaultPlan plan) => Enumerable.Range(1, 600).Select(number => plan[number].First.Kind).Distinct();
}
