using Holdfast.Core.Backup;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Backup;

public sealed class RetentionTests
{
    private const long Day = 86_400;
    private const long Now = 100 * Day;

    [Theory]
    // Each letter is a backup, oldest first: F full, I incremental, small where it is damaged; ten days lie between two.
    [InlineData("F", 1, 1)]
    [InlineData("FF", 1, 1)]
    [InlineData("FIFI", 1, 1)]
    [InlineData("FFF", 2, 2)]
    [InlineData("F", 2, 1)]
    [InlineData("", 1, 0)]
    // Damaged ones do not count, and while the newest is, nothing is let go.
    [InlineData("FFf", 1, 3)]
    [InlineData("FFi", 1, 2)]
    [InlineData("FfF", 1, 1)]
    [InlineData("FfF", 2, 3)]
    [InlineData("fI", 1, 1)]
    public void As_many_good_full_ones_are_kept_as_are_declared(string backups, int keep, int expected) =>
        Retention.FullsToKeep(Declared with { KeepFull = keep }, Sets(backups), Now).ShouldBe(expected);

    [Theory]
    [InlineData("FFFFF", 25, 4)]
    [InlineData("FFFFF", 20, 3)]
    [InlineData("FfFFF", 35, 5)]
    [InlineData("FFFFF", 60, 5)]
    [InlineData("FFFFf", 5, 5)]
    public void Full_ones_are_kept_until_a_good_one_has_the_declared_age(string backups, int days, int expected) =>
        Retention.FullsToKeep(Declared with { KeepDays = days }, Sets(backups), Now).ShouldBe(expected);

    private static RepositorySpec Declared => new() { Name = "disk", Site = "here", Place = new RepositoryPlace.Folder("/srv") };

    private static IEnumerable<BackupSet> Sets(string backups) => backups.Select((letter, index) =>
    {
        var at = Now - ((backups.Length - 1 - index) * 10 * Day);
        return new BackupSet(
            $"{index}", char.ToUpperInvariant(letter) == 'F' ? BackupType.Full : BackupType.Incremental, at, at, new Lsn(1), new Lsn(2), 1, 1, 1, 1,
            char.IsLower(letter));
    });
}
