using Holdfast.Core.Backup;

namespace Holdfast.Configuration.Tests;

public class BackupTests
{
    private const string Key = "file:backup-key";
    private static readonly FakeEnvironment WithKey = new FakeEnvironment().WithFile("/etc/holdfast/backup-key", "open sesame\n");

    [Fact]
    public void All_that_can_be_declared()
    {
        var result = Parse(
            "archive-timeout: 30s", "processes: 3", "bandwidth: 50MB",
            "schedule: { full: \"0 2 * * 0\", differential: \"0 2 * * 1-6\", incremental: \"0 * * * *\" }",
            $"repositories: {{ disk: {{ site: fra, directory: /backup/, key: \"{Key}\", keep-days: 14 }} }}");

        result.Problems.ShouldBeEmpty();
        var backup = result.System!.Stores["orders"].Backup.ShouldNotBeNull();
        (backup.ArchiveTimeout, backup.Processes, backup.Bandwidth, backup.HasSchedule).ShouldBe((TimeSpan.FromSeconds(30), 3, 50_000_000L, true));
        (backup.Full!.Text, backup.Differential!.Text, backup.Incremental!.Text).ShouldBe(("0 2 * * 0", "0 2 * * 1-6", "0 * * * *"));
        var repository = backup.At("fra").ShouldNotBeNull();
        (repository.Name, repository.Place, repository.KeepDays, repository.Key!.Reveal())
            .ShouldBe(("disk", new RepositoryPlace.Folder("/backup"), 14, "open sesame"));
        backup.At("ber").ShouldBeNull();
    }

    [Fact]
    public void What_holds_when_nothing_more_is_said()
    {
        var backup = Parse(Repository()).System!.Stores["orders"].Backup!;

        (backup.ArchiveTimeout, backup.Processes, backup.Bandwidth, backup.HasSchedule).ShouldBe((TimeSpan.FromMinutes(1), 1, null, false));
        (backup.Repositories["disk"].KeepFull, backup.Repositories["disk"].KeepDays).ShouldBe((2, (int?)null));
        Sample.Parse(Sample.Text).System!.Stores["orders"].Backup.ShouldBeNull();
    }

    [Theory]
    [InlineData("keep-full: 3, keep-days: 7", "repositories.disk.keep-days", "contradicts 'keep-full'")]
    [InlineData("keep-full: 0", "repositories.disk.keep-full", "0 is out of range")]
    [InlineData("site: muc", "repositories.disk.site", "the store has no members at 'muc'")]
    [InlineData("directory: backup", "repositories.disk.directory", "'backup' is not an absolute path")]
    [InlineData("directory: /srv/a.holdfast/x", "repositories.disk.directory", "/srv/a.holdfast/x overlaps with /srv/a ")]
    [InlineData("directory: /srv", "repositories.disk.directory", "/srv overlaps with /srv/a ")]
    public void A_repository_that_cannot_serve(string keys, string path, string message)
    {
        var repository = string.Join(", ", new[] { "site: fra", "directory: /backup", $"key: \"{Key}\"" }
            .Where(key => !keys.Contains(key.Split(':')[0] + ":", StringComparison.Ordinal)).Append(keys));

        var problem = Parse($"repositories: {{ disk: {{ {repository} }} }}").OnlyError();

        problem.Path.ShouldBe($"stores.orders.backup.{path}");
        problem.Message.ShouldStartWith(message);
    }

    [Theory]
    [InlineData("archive-timeout: 500ms", "archive-timeout", "500ms is not a time that the server can keep")]
    [InlineData("archive-timeout: 1500ms", "archive-timeout", "1500ms is not a time that the server can keep")]
    [InlineData("archive-timeout: 2h", "archive-timeout", "2h is not a time that the server can keep")]
    [InlineData("processes: 0", "processes", "0 is out of range")]
    [InlineData("bandwidth: 999KB", "bandwidth", "999KB in a second would never end")]
    [InlineData("schedule: { full: \"0 2 * *\" }", "schedule.full", "has 4 fields, not five")]
    [InlineData("schedule: { full: \"0 0 30 2 *\" }", "schedule.full", "names a day that never comes")]
    [InlineData("schedule: { incremental: \"0 * * * *\" }", "schedule", "names no 'full'")]
    public void Times_and_numbers_that_make_no_sense(string line, string path, string message)
    {
        var problem = Parse(Repository(), line).OnlyError();

        problem.Path.ShouldBe($"stores.orders.backup.{path}");
        problem.Message.ShouldStartWith(message);
    }

    [Fact]
    public void Test_restores_are_declared_with_a_place_and_what_is_asked_of_a_copy()
    {
        var test = Parse(
            Repository(), "test-restore: { directory: /scratch/, schedule: \"0 5 * * *\", alarm-after: 30h, assertions: " +
            "{ some: { sql: \"SELECT true\", database: shop }, more: { sql: \"SELECT 1 = 1\" } } }").System!.Stores["orders"].Backup!.RestoreTest!;

        (test.Directory, test.Schedule!.Text, test.AlarmAfter).ShouldBe(("/scratch", "0 5 * * *", TimeSpan.FromHours(30)));
        test.Assertions.OrderBy(assertion => assertion.Name).ShouldBe(
            [new RestoreAssertion("more", "SELECT 1 = 1", "postgres"), new RestoreAssertion("some", "SELECT true", "shop")]);
        var least = Parse(Repository(), "test-restore: { directory: /scratch }").System!.Stores["orders"].Backup!.RestoreTest!;
        (least.Schedule, least.AlarmAfter, least.Assertions.IsEmpty).ShouldBe((null, TimeSpan.FromHours(192), true));
        Parse(Repository()).System!.Stores["orders"].Backup!.RestoreTest.ShouldBeNull();
    }

    [Theory]
    [InlineData("schedule: \"0 5 * * *\"", "directory", "is missing")]
    [InlineData("directory: /srv/a/x", "directory", "/srv/a/x overlaps with /srv/a ")]
    [InlineData("directory: /backup/x", "directory", "/backup/x overlaps with repository disk")]
    [InlineData("directory: /x, schedule: \"0 5 1 * *\"", "schedule", "the schedule leaves up to 744h between two")]
    [InlineData("directory: /x, schedule: \"0 5 * * *\", alarm-after: 24h", "alarm-after", "the schedule leaves up to 24h between two")]
    [InlineData("directory: /x, alarm-after: 10001h", "alarm-after", "'10001h' is longer than 10000h")]
    [InlineData("directory: /x, assertions: { some: { database: shop } }", "assertions.some.sql", "is missing")]
    public void Test_restores_that_make_no_sense(string keys, string path, string message)
    {
        var problem = Parse(Repository(), $"test-restore: {{ {keys} }}").OnlyError();

        problem.Path.ShouldBe($"stores.orders.backup.test-restore.{path}");
        problem.Message.ShouldStartWith(message);
    }

    [Fact]
    public void An_alarm_has_room_between_test_restores_of_a_month_or_a_year()
    {
        Parse(Repository(), "test-restore: { directory: /x, schedule: \"0 5 1 * *\", alarm-after: 800h }").Problems.ShouldBeEmpty();
        Parse(Repository(), "test-restore: { directory: /x, schedule: \"0 5 1 1 *\", alarm-after: 9000h }").Problems.ShouldBeEmpty();
    }

    [Fact]
    public void Without_a_repository_there_is_no_backup() =>
        Parse("processes: 2").OnlyError().Path.ShouldBe("stores.orders.backup.repositories");

    [Fact]
    public void Two_repositories_at_one_site_are_refused()
    {
        var problem = Parse(
            $"repositories: {{ disk: {{ site: fra, directory: /backup, key: \"{Key}\" }}, more: {{ site: fra, directory: /more, key: \"{Key}\" }} }}").OnlyError();

        problem.Message.ShouldBe("disk is the repository of fra already");
    }

    [Fact]
    public void Nobody_else_archives()
    {
        var problem = Sample.Parse(
            Sample.InStore(Sample.Text, "postgresql: { parameters: { archive_timeout: 10 } }", $"backup: {{ {Repository()} }}"), WithKey).OnlyError();

        (problem.Path, problem.Message).ShouldBe(
            ("stores.orders.postgresql.parameters.archive_timeout", "belongs to Holdfast, which fills the backup repository"));
    }

    [Fact]
    public void An_archive_has_a_place_of_its_own()
    {
        var problems = Sample.Parse(Sample.InStore(Sample.TwoSites, "archive: /backup/log", $"backup: {{ {Repository()} }}"), WithKey).Errors;

        problems.ShouldHaveSingleItem().Message.ShouldBe("/backup overlaps with /backup/log, the archive of orders");
    }

    [Fact]
    public void A_repository_that_is_not_encrypted_is_a_warning() =>
        Parse("repositories: { disk: { site: fra, directory: /backup } }").OnlyWarning().Message.ShouldStartWith("is not encrypted");

    [Fact]
    public void A_site_without_a_repository_is_a_warning()
    {
        var problems = Sample.Parse(Sample.InStore(Sample.TwoSites, $"backup: {{ {Repository()} }}"), WithKey).Problems
            .Where(problem => problem.Path.Contains("backup", StringComparison.Ordinal));

        problems.ShouldHaveSingleItem().Message.ShouldBe("no repository is at ber: while the store is active there, nothing is backed up");
    }

    private static string Repository() => $"repositories: {{ disk: {{ site: fra, directory: /backup, key: \"{Key}\" }} }}";

    private static LoadResult Parse(params string[] lines) =>
        Sample.Parse(Sample.InStore(Sample.Text, ["backup:", .. lines.Select(line => $"  {line}")]), WithKey);
}
