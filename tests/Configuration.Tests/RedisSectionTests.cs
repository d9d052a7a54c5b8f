using Holdfast.Configuration.Kinds;
using Holdfast.Engines.Redis;

namespace Holdfast.Configuration.Tests;

public class RedisSectionTests
{
    private static readonly string Text = Sample.Text.Replace(
        "    kind: postgresql\n", "    kind: redis\n    objectives: { host-loss: { rpo: 10s, rto: 30s } }\n");

    public static TheoryData<string> Owned => [.. RedisSpec.OwnedSettings];

    [Fact]
    public void A_store_of_redis_takes_its_own_keys()
    {
        var store = Sample.Parse(With("redis: { user: web, backlog: 1GiB, bin: /opt/redis/bin, settings: { MaxMemory: 1gb, appendfsync: always } }")).System!
            .Stores["orders"];

        store.Kind.ShouldBe("redis");
        store.IsZeroLoss.ShouldBeFalse();
        var engine = store.Engine.ShouldBeOfType<RedisSpec>();
        (engine.ApplicationUser, engine.BacklogMebibytes, engine.BinDirectory, engine.Programs[0]).ShouldBe(("web", 1024, "/opt/redis/bin", "redis-server"));
        engine.Settings.ShouldBe(new Dictionary<string, string> { ["appendfsync"] = "always", ["maxmemory"] = "1gb" }, ignoreOrder: true);
    }

    [Fact]
    public void The_example_is_valid_without_a_warning()
    {
        var result = SystemFile.Load(Repository.PathOf("examples/redis.yaml"), ProcessEnvironment.Instance);

        result.Problems.ShouldBeEmpty();
        result.System!.Stores["sessions"].Engine.ShouldBeOfType<RedisSpec>().Settings["maxmemory-policy"].ShouldBe("noeviction");
    }

    [Fact]
    public void Valkey_is_the_same_with_another_program() =>
        Sample.Parse(Text.Replace("kind: redis", "kind: valkey")).System!.Stores["orders"].Engine.ShouldBeOfType<RedisSpec>().Programs.ShouldBe(["valkey-server"]);

    [Fact]
    public void An_objective_that_nothing_is_lost_is_refused_with_what_can_be_promised()
    {
        var problem = Sample.Parse(Text.Replace("rpo: 10s", "rpo: 0s")).OnlyError();

        problem.Path.ShouldBe("stores.orders.objectives.host-loss.rpo");
        problem.Message.ShouldContain("acknowledge a write before a standby has it");
        problem.Remedy.ShouldContain("rpo: 10s");
    }

    [Fact]
    public void Not_to_say_what_may_be_lost_is_to_say_that_nothing_may() =>
        Sample.Parse(Sample.Text.Replace("kind: postgresql", "kind: redis")).OnlyError().Path.ShouldBe("stores.orders.objectives.host-loss.rpo");

    [Theory]
    [MemberData(nameof(Owned))]
    public void A_setting_that_belongs_to_holdfast_is_refused_with_what_governs_it(string setting)
    {
        var problem = Sample.Parse(With($"redis: {{settings: {{{setting}: x}}}}")).OnlyError();

        (problem.Path, problem.Message).ShouldBe(($"stores.orders.redis.settings.{setting}", "belongs to Holdfast"));
        problem.Remedy.ShouldNotContain("{0}");
    }

    [Theory]
    [InlineData("redis: {settings: {tls-port: 1}}", "stores.orders.redis.settings.tls-port")]
    [InlineData("redis: {settings: {maxmemory: 1gb, MAXMEMORY: 2gb}}", "stores.orders.redis.settings.MAXMEMORY")]
    [InlineData("redis: {user: default}", "stores.orders.redis.user")]
    [InlineData("redis: {user: holdfast-x}", "stores.orders.redis.user")]
    [InlineData("postgresql: {slot-bound: 1GiB}", "stores.orders.postgresql")]
    public void What_cannot_be_is_refused(string line, string path) => Sample.Parse(With(line)).OnlyError().Path.ShouldBe(path);

    [Fact]
    public void A_section_of_another_kind_is_refused() => Sample.WithInStore("redis: {user: web}").OnlyError().Path.ShouldBe("stores.orders.redis");

    [Fact]
    public void An_archive_is_refused() =>
        Sample.Parse(With("archive: /srv/archive")).Problems.Where(problem => problem.Severity == Severity.Error).ShouldHaveSingleItem().Path
            .ShouldBe("stores.orders.archive");

    [Theory]
    [InlineData("", 64L << 20)]
    [InlineData("redis: { backlog: 1GiB }", 1L << 30)]
    [InlineData("site-link: { queue-bound: 500MB }", 500_000_000)]
    public void Two_sites_keep_the_stream_for_each_other_as_the_link_is_declared(string line, long bound)
    {
        var store = Sample.Parse(AtTwoSites(line)).System!.Stores["orders"];

        store.HasTwoSites.ShouldBeTrue();
        store.Link.QueueBound.ShouldBe(bound);
        ((RedisSpec)store.Engine).BacklogBytes(store).ShouldBe(Math.Max(64L << 20, bound));
    }

    [Fact]
    public void The_backlog_of_one_site_is_none_of_the_links() => Sample.Parse(With("site-link: { queue-bound: 500MB }")).System!.Stores["orders"]
        .ShouldSatisfyAllConditions(store => ((RedisSpec)store.Engine).BacklogBytes(store).ShouldBe(64L << 20));

    [Theory]
    [InlineData("site-link: { queue-full: stop-writes }", "stores.orders.site-link.queue-full")]
    [InlineData("archive: /srv/archive", "stores.orders.archive")]
    public void What_no_write_can_wait_for_is_refused_at_two_sites(string line, string path) => Errors(AtTwoSites(line)).ShouldHaveSingleItem().Path.ShouldBe(path);

    [Fact]
    public void An_enforced_objective_is_refused_at_two_sites() =>
        Errors(AtTwoSites("").Replace("rto: 30s }", "rto: 30s }, site-loss: { rpo: 10s, enforce-rpo: true }")).ShouldHaveSingleItem().Path
            .ShouldBe("stores.orders.objectives.site-loss.enforce-rpo");

    [Fact]
    public void Who_says_that_members_can_be_compared_has_what_compares_them() => EngineKinds.All.ShouldAllBe(kind =>
        Sample.Parse(Text.Replace("kind: redis", $"kind: {kind.Name}")).System!.Stores["orders"].Engine.IsComparable == (kind.CreateVerifyTarget != null));

    [Fact]
    public void Each_kind_is_found_by_its_name()
    {
        EngineKinds.All.ShouldAllBe(kind => EngineKinds.Of(kind.Name) == kind);
        Should.Throw<ArgumentException>(() => EngineKinds.Of("redi"));
    }

    private static string AtTwoSites(string line) => With(line).Replace("fra: {}", "fra: {}\n  ber: {}").Replace("c: { site: fra", "c: { site: ber");

    private static IEnumerable<Problem> Errors(string text) => Sample.Parse(text).Problems.Where(problem => problem.Severity == Severity.Error);

    private static string With(string line) => Text.Replace("    kind: redis\n", $"    kind: redis\n    {line}\n");
}
