namespace Holdfast.Configuration.Tests;

/// <summary>The link, the hooks and the archive of a store with two sites.</summary>
public class LinkTests
{
    [Theory]
    [InlineData("queue-bound: 63MB", "queue-bound", "63MB is less than a few pieces of log: any short cut of the link would fill it", "write at least 64MB")]
    [InlineData("queue-bound: 61MiB", "queue-bound", "61MiB is less than a few pieces of log: any short cut of the link would fill it", "write at least 64MB")]
    [InlineData("heartbeat: 49ms", "heartbeat", "49ms is out of range: each heartbeat is a write, and lag is known no finer than that", "write 50ms to 10s")]
    [InlineData("heartbeat: 10001ms", "heartbeat", "10001ms is out of range: each heartbeat is a write, and lag is known no finer than that", "write 50ms to 10s")]
    public void The_link_is_within_bounds(string line, string key, string message, string remedy)
    {
        var problem = Sample.WithInTwoSites($"site-link: {{{line}}}", "objectives: {site-loss: {rpo: 1m}}").OnlyError();

        (problem.Path, problem.Message, problem.Remedy).ShouldBe(($"stores.orders.site-link.{key}", message, remedy));
    }

    [Theory]
    [InlineData("queue-bound: 64MB", 64_000_000L)]
    [InlineData("queue-bound: 64MiB", 64L << 20)]
    [InlineData("queue-bound: 65537KiB", 65537L << 10)]
    [InlineData("queue-bound: 2047TiB", 2047L << 40)]
    [InlineData("queue-bound: 16GB", 16_000_000_000L)]
    public void Bytes_are_counted_by_thousands_or_by_1024(string line, long bytes) =>
        Sample.WithInTwoSites($"site-link: {{{line}}}").System!.Stores["orders"].Link.QueueBound.ShouldBe(bytes);

    [Theory]
    [InlineData("site-link: {heartbeat: 5s}", "stores.orders.site-link.heartbeat")]
    [InlineData("objectives: {site-loss: {rpo: 200ms}}", "stores.orders.objectives.site-loss.rpo")]
    public void A_heartbeat_as_long_as_the_rpo_is_a_warning(string line, string path)
    {
        var problem = Sample.WithInTwoSites(line).OnlyWarning();

        problem.Path.ShouldBe(path);
        problem.Message.ShouldContain("a site that keeps up would look as if it lagged too far");
    }

    [Theory]
    [InlineData("[dns]", "before-move.run[0]", "'dns' is not the absolute path of a program")]
    [InlineData("[bin/dns, /etc/x]", "before-move.run[0]", "'bin/dns' is not the absolute path of a program")]
    [InlineData("[/usr/local/bin/]", "before-move.run[0]", "'/usr/local/bin/' is not the absolute path of a program")]
    [InlineData("['', x]", "before-move.run[0]", "is empty")]
    public void A_hook_is_the_absolute_path_of_a_program(string run, string path, string message)
    {
        var problem = Sample.WithInTwoSites($"hooks: {{before-move: {{run: {run}}}}}").OnlyError();

        (problem.Path, problem.Message).ShouldBe(($"stores.orders.hooks.{path}", message));
    }

    [Fact]
    public void Both_hooks_are_checked_and_have_time()
    {
        Sample.WithInTwoSites("hooks: {after-move: {run: [tell]}}").OnlyError().Path.ShouldBe("stores.orders.hooks.after-move.run[0]");
        Sample.WithInTwoSites("hooks: {after-move: {run: [/bin/tell], time-limit: 0s}}").OnlyError().Remedy
            .ShouldBe("write a positive duration; the default is 30s");
    }

    [Theory]
    [InlineData("/srv/a")]
    [InlineData("/srv/a/archive")]
    [InlineData("/srv/a.holdfast/archive")]
    [InlineData("/srv/x/../d/archive")]
    [InlineData("/srv")]
    public void An_archive_and_a_data_directory_are_apart(string archive)
    {
        var problem = Sample.WithInTwoSites($"archive: {archive}").OnlyError();

        problem.Path.ShouldBe("stores.orders.archive");
        problem.Message.ShouldContain(", the data directory of ");
        problem.Remedy.ShouldBe("name a directory beside the data directories, best on another disk");
    }

    [Theory]
    [InlineData("archive_mode: off")]
    [InlineData("Archive_Command: cp %p /srv/mine/%f")]
    [InlineData("archive_library: basic_archive")]
    public void Where_holdfast_archives_nobody_else_does(string parameter)
    {
        var section = $"postgresql: {{parameters: {{{parameter}}}}}";
        Sample.WithInTwoSites(section).Problems.ShouldBeEmpty();
        var problem = Sample.WithInTwoSites($"archive: /srv/archive\n    {section}").OnlyError();

        problem.Path.ShouldBe($"stores.orders.postgresql.parameters.{parameter.Split(':')[0]}");
        problem.Message.ShouldBe("belongs to Holdfast, which fills /srv/archive");
        problem.Remedy.ShouldBe("remove it, or remove stores.orders.archive and archive by yourself");
    }

    [Fact]
    public void An_archive_beside_the_data_is_fine_and_so_is_one_where_another_host_has_its_data()
    {
        Sample.WithInTwoSites("archive: /srv/archive").Problems.ShouldBeEmpty();
        Sample.Parse(Sample.InStore(Sample.TwoSites, "archive: /srv/u1") + Users("10.0.0.9", "")).Problems.ShouldBeEmpty();
        Sample.Parse(Sample.InStore(Sample.TwoSites, "archive: /srv/u1") + Users("127.0.0.1", "")).OnlyError().Message
            .ShouldBe("/srv/u1 overlaps with /srv/u1 (and its neighbour /srv/u1.holdfast), the data directory of u1");
    }

    [Fact]
    public void Two_stores_have_two_archives()
    {
        var text = Sample.InStore(Sample.TwoSites, "archive: /srv/archive");

        var problem = Sample.Parse(text + Users("127.0.0.1", "archive: /srv/archive/users")).OnlyError();

        problem.Path.ShouldBe("stores.users.archive");
        problem.Message.ShouldBe("/srv/archive/users overlaps with /srv/archive, the archive of orders: one store's log would replace the other's");
        Sample.Parse(text + Users("127.0.0.1", "archive: /srv/archive-users")).Problems.ShouldBeEmpty();
    }

    private static string Users(string host, string line) => $$"""
          users:
            kind: postgresql
            {{line}}
            members:
              u1: { site: fra, address: "{{host}}:5450", agent: 127.0.0.1:8450, data: /srv/u1 }
              u2: { site: fra, address: "{{host}}:5451", agent: 127.0.0.1:8451, data: /srv/u2 }
              u3: { site: ber, address: "{{host}}:5452", agent: 127.0.0.1:8452, data: /srv/u3 }
              u4: { site: ber, address: "{{host}}:5453", agent: 127.0.0.1:8453, data: /srv/u4 }

        """;
}
