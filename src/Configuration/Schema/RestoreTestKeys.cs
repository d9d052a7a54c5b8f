using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Backup;

namespace Holdfast.Configuration.Schema;

/// <summary><c>stores.NAME.backup.test-restore:</c></summary>
internal static class RestoreTestKeys
{
    public static readonly Key<string> Directory = new(
        "directory", new HostFolderShape("/var/tmp/holdfast-test"),
        "On each member's host, where the copies are made and removed again; with room for the whole database. Nothing else that is there is touched.")
    { IsRequired = true, Example = "/var/tmp/holdfast-test" };

    public static readonly Key<CronSchedule> Schedule = new(
        "schedule", CronShape.Instance,
        "When one is made by itself: of the latest moment, and of one in the past, chosen at random.")
    { DefaultInWords = "never by itself", Example = "\"0 5 * * *\"" };

    public static readonly Key<TimeSpan> AlarmAfter = new(
        "alarm-after", DurationShape.Long,
        "When the last that succeeded is older than this, `holdfast status` and the metrics say so. Longer than the times between two.")
    { Default = new RestoreTestSpec { Directory = "" }.AlarmAfter };

    public static readonly Key<ImmutableArray<Entry<Section>>> Assertions = new(
        "assertions", new MapShape<Section>("assertion", NameForm.Name, AssertionKeys.Shape, minimum: 0),
        "Questions of yours that a restored copy must answer with true.")
    { DefaultInWords = "none", Example = "{some-orders: {sql: \"SELECT count(*) > 0 FROM orders\", database: shop}}" };

    public static readonly SectionShape Shape = new("stores.NAME.backup.test-restore", Directory, Schedule, AlarmAfter, Assertions);
}

/// <summary><c>stores.NAME.backup.test-restore.assertions.NAME:</c></summary>
internal static class AssertionKeys
{
    public static readonly Key<string> Sql = new(
        "sql", new TextShape("\"SELECT count(*) > 0 FROM orders\""), "One statement. The first column of its first row must be true.")
    { IsRequired = true, Example = "\"SELECT count(*) > 0 FROM orders\"" };

    public static readonly Key<string> Database = new("database", new TextShape("shop"), "In which it is asked.") { Default = "postgres", Example = "shop" };

    public static readonly SectionShape Shape = new("stores.NAME.backup.test-restore.assertions.NAME", Sql, Database);
}
