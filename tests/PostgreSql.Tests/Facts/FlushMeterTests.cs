using Holdfast.Core.Failover;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql.Facts;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Facts;

public sealed class FlushMeterTests
{
    [Fact]
    public async Task A_flush_takes_time_and_leaves_nothing_behind()
    {
        await using var group = new TestGroup(1);
        await group.SeedAsync("a");
        var before = Files(group);
        var samples = await new FlushMeter(new Layout(group.Spec("a")), TimeProvider.System).RunAsync(group.Token);
        samples.Length.ShouldBeInRange(1, FlushMeter.MostSamples);
        samples.ShouldAllBe(sample => sample > 0);
        Files(group).ShouldBe(before);
    }

    [Fact]
    public async Task What_an_interrupted_run_left_behind_goes_when_the_agent_starts_again()
    {
        await using var group = new TestGroup(1);
        await group.SeedAsync("a");
        var before = Files(group);
        var layout = new Layout(group.Spec("a"));
        string[] left = [Path.Combine(layout.Own, FlushMeter.FileName), Path.Combine(layout.Log, FlushMeter.FileName)];
        foreach (var path in left)
        {
            await File.WriteAllTextAsync(path, "left behind", group.Token);
        }

        Files(group).ShouldNotBe(before);
        await group.RestartAgentAsync("a");
        Files(group).ShouldBe(before);
        group.Log.Count(line => line.Contains("interrupted measurement", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public async Task Where_there_is_no_whole_data_directory_nothing_is_written_and_the_reason_is_told()
    {
        await using var group = new TestGroup(2);
        var meter = new FlushMeter(new Layout(group.Spec("b")), TimeProvider.System);
        _ = group["b"];
        var before = Files(group);
        (await Should.ThrowAsync<EngineException>(() => meter.RunAsync(group.Token))).Message.ShouldContain("no whole data directory");
        await group.SeedAsync("b");
        await File.WriteAllTextAsync(new Layout(group.Spec("b")).IncompleteMarker, "cloning", group.Token);
        (await Should.ThrowAsync<EngineException>(() => meter.RunAsync(group.Token))).Message.ShouldContain("no whole data directory");
        File.Delete(new Layout(group.Spec("b")).IncompleteMarker);
        (await meter.RunAsync(group.Token)).ShouldNotBeEmpty();
        before.ShouldNotContain(path => path.Contains(FlushMeter.FileName, StringComparison.Ordinal));
    }

    /// <summary>Holdfast's folder lies on another file system than the log: the log's own is measured, and PostgreSQL takes no notice of the file.</summary>
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task The_log_s_file_system_is_measured_and_no_copy_has_the_file()
    {
        await using var group = new TestGroup(2);
        var layout = new Layout(group.Spec("a"));
        var temporary = Path.GetTempPath().StartsWith("/dev/shm", StringComparison.Ordinal) ? "/var/tmp" : Path.GetTempPath(); // as that of the log
        var elsewhere = Directory.CreateDirectory(Path.Combine(temporary, Path.GetRandomFileName())).FullName;
        try
        {
            await group.StartPrimaryAsync("a");
            if (Native.Identify(elsewhere)!.Value.Device == Native.Identify(layout.Log)!.Value.Device)
            {
                Assert.Skip($"{elsewhere} and {layout.Log} are on one file system here");
            }

            using var watcher = new FileSystemWatcher(layout.Log, FlushMeter.FileName) { EnableRaisingEvents = true };
            var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            watcher.Created += (_, _) => created.TrySetResult();
            var moved = Path.Combine(elsewhere, "own");
            await TestGroup.RunAsync("cp", "-a", layout.Own, moved);
            var other = new Layout(group.Spec("a") with { Data = Path.Combine(group.Root, "view", "data") });
            Directory.CreateDirectory(Path.GetDirectoryName(other.Data)!);
            Directory.CreateSymbolicLink(other.Data, layout.Data);
            Directory.CreateSymbolicLink(other.Own, moved);
            (await new FlushMeter(other, TimeProvider.System).RunAsync(group.Token)).ShouldNotBeEmpty();
            await created.Task.WaitAsync(TimeSpan.FromSeconds(10), group.Token);
            File.Exists(Path.Combine(layout.Log, FlushMeter.FileName)).ShouldBeFalse();

            // As if it were measured while another member is cloned.
            await File.WriteAllTextAsync(Path.Combine(layout.Log, FlushMeter.FileName), "in use", group.Token);
            await group.AddStandbyAsync("b", "a");
            File.Exists(Path.Combine(new Layout(group.Spec("b")).Log, FlushMeter.FileName)).ShouldBeFalse();
            (await group["a"].ObserveAsync(group.Token)).Data.ShouldBe(DataState.Present);
        }
        finally
        {
            Directory.Delete(elsewhere, recursive: true);
        }
    }

    private static string[] Files(TestGroup group) =>
        [.. Directory.EnumerateFileSystemEntries(group.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
