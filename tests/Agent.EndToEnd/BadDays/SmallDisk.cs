using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.BadDays;

/// <summary>A small file system, whose folder a variable of the environment names; the test is skipped where there is none.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _root;

    public SmallDisk(string variable)
    {
        var root = Environment.GetEnvironmentVariable(variable);
        Assert.SkipWhen(string.IsNullOrEmpty(root), $"{variable} names no small file system; ./test makes one when run by root");
        _root = root!;
        Member = Path.Combine(_root, "m");
    }

    public string Member { get; }
    private string Filler => Path.Combine(_root, "filler");

    /// <summary>Leaves no whole segment of the log free.</summary>
    public async Task FillAsync()
    {
        var free = new DriveInfo(_root).AvailableFreeSpace - (1 << 20);
        var block = new byte[1 << 20];
        await using var stream = File.Create(Filler);
        for (; free > 0; free -= block.Length)
        {
            await stream.WriteAsync(block.AsMemory(0, (int)Math.Min(free, block.Length)), TestContext.Current.CancellationToken);
        }
    }

    public void Clear() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        Clear();
        await HostProcesses.SignalAsync(_root, Harness.Processes.Signal.Kill);
        if (Directory.Exists(Member))
        {
            Directory.Delete(Member, recursive: true);
        }
    }
}
