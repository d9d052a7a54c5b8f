using Holdfast.Harness.Files;

namespace Holdfast.Sessions.Tests.EndToEnd;

/// <summary>One temporary folder for the whole run, with one inside for each process: what removes them looks for processes in each, at the end.</summary>
internal static class RunFolder
{
    private static readonly TemporaryFolder Whole = new("sessions");
    private static int _count;

    public static string Make(string purpose) => Directory.CreateDirectory(Whole.File($"{purpose}-{Interlocked.Increment(ref _count)}")).FullName;
}
