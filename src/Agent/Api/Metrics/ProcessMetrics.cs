using System.Diagnostics;

namespace Holdfast.Agent.Api.Metrics;

/// <summary>The agent's own process, under the names that Prometheus set-ups expect.</summary>
internal static class ProcessMetrics
{
    private static readonly double StartedAt = StartTime();

    public static void Write(PrometheusWriter writer)
    {
        writer.Counter("process_cpu_seconds_total", "CPU time of the agent, user and system.", Environment.CpuUsage.TotalTime.TotalSeconds);
        writer.Gauge("process_resident_memory_bytes", "Memory of the agent that is in RAM.", Environment.WorkingSet);
        writer.Gauge("process_start_time_seconds", "Start of the agent, in seconds since 1970 (UTC).", StartedAt);
        writer.Gauge("holdfast_gc_heap_bytes", "Managed heap of the agent.", GC.GetTotalMemory(forceFullCollection: false));
        writer.Counter(
            "holdfast_gc_pause_seconds_total", "Time that the agent stood still for garbage collection.",
            GC.GetTotalPauseDuration().TotalSeconds);
        writer.Gauge("holdfast_thread_pool_threads", "Threads of the agent's pool.", ThreadPool.ThreadCount);
        writer.Gauge("holdfast_thread_pool_queue", "Work that waits for a thread of the pool.", ThreadPool.PendingWorkItemCount);
    }

    private static double StartTime()
    {
        using var self = Process.GetCurrentProcess();
        return (self.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
    }
}
