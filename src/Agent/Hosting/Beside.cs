namespace Holdfast.Agent.Hosting;

/// <summary>
/// Starts work beside the caller. As <c>Task.Run</c>, but on the caller's own scheduler: on a real host that is the thread pool, in the simulator it
/// is the one thread of simulated time.
/// </summary>
internal static class Beside
{
    public static Task Run(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();

    public static Task Run(Action work, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current);
}
